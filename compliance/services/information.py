"""What was sent to a learner, and when (indicator 9). Source: evidence, "The evidence register"."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Evidence
from compliance.services.evidence import EvidenceDraft, add_evidence
from compliance.states import EvidenceKind
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.training.models import Enrollment
from qualiforma.uploads import Upload

INFORMATION = NUMBERS[Subject.INFORMATION]


@dataclass(frozen=True)
class InformationDraft:
    """What was sent: `title` names it, `how` says by what means. Without `author` it is the actor."""

    title: str
    sent_on: date
    how: str
    author: str = ""


def record_information(
    *, enrollment: Enrollment, draft: InformationDraft, actor: Actor, upload: Upload | None = None
) -> Evidence:
    """Record what was sent to a learner: a piece of evidence about the enrollment.

    The file may be the message itself. Errors: `InvalidFieldsError` on `sent_on` for a day to come,
    on `file` for what is not taken.
    """
    if draft.sent_on > timezone.localdate():
        detail = _("Cette date est dans le futur : notez l’envoi une fois fait.")
        raise InvalidFieldsError([FieldError("sent_on", "future", detail)])
    author = draft.author or User.objects.values_list("name", flat=True).get(pk=actor.id)
    evidence = EvidenceDraft(
        title=draft.title,
        kind=EvidenceKind.RECORD,
        indicators=[INFORMATION],
        document_date=draft.sent_on,
        author=author,
        description=draft.how,
        record_type="ENROLLMENT",
        record_id=enrollment.pk,
    )
    return add_evidence(draft=evidence, actor=actor, upload=upload)
