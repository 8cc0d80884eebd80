"""What a person does with their own work."""

from django.db import transaction
from django.utils.translation import gettext as _

from qualiforma.accounts.actor import Actor
from qualiforma.files import discard
from qualiforma.followup.proofs import Proof, keeper
from qualiforma.followup.work import Item, sources
from qualiforma.uploads import Upload


def report_work(
    *, item: Item, actor: Actor, target: str = "", text: str = "", upload: Upload | None = None
) -> None:
    """Say what was done, keep the file that shows it, and move the work on: all or nothing.

    The text is the reason of a move that takes one, such as a cancellation.
    The file is stored before the trail is locked; what is refused afterwards leaves none behind.
    Errors: those of the register of evidence, and of the app that the work comes from.
    """
    source, key = sources[item.source], ""
    is_reason = bool(target) and source.takes_reason(target)
    reason, text = (text, "") if is_reason else ("", text)
    try:
        with transaction.atomic():
            if upload or (text and not source.has_log):
                proof = Proof(
                    record_type=source.record_type,
                    record_id=item.id,
                    title=_("Fait : %s") % item.title,
                    indicators=source.indicators(item.id),
                    text=text,
                    upload=upload,
                )
                key = keeper().keep(proof, actor).key
            if text and source.has_log:
                source.note(actor=actor, item_id=item.id, text=text)
            if target:
                source.move(actor=actor, item_id=item.id, target=target, reason=reason)
    except BaseException:
        if key:
            discard(key)
        raise
