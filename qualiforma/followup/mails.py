"""The reminder of what is late and what is due."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.admin.policies import can_enter
from qualiforma.followup.digests import Line, lines_of, record_sent
from qualiforma.followup.links import unsubscribe_link
from qualiforma.followup.models import Digest
from qualiforma.followup.reminders import DueKind, sources
from qualiforma.mail.kinds import Draft, Entry, Section, mail
from qualiforma.tenants.addresses import site_address
from qualiforma.tenants.context import current_scope

# A mail is read on the way; the page has the rest.
SHOWN = 30
TITLE_SHOWN = 160


@mail("followup.digest")
def digest(*, digest: str) -> Draft | None:
    """Return the mail about what is late and due now; None where nothing is."""
    row = Digest.objects.select_related("user").filter(pk=digest, user__is_active=True).first()
    lines = lines_of(row) if row else []
    if row is None or not lines:
        return None
    user, site = row.user, site_address()
    return Draft(
        to=user.email,
        subject=_subject(lines),
        paragraphs=(_("Bonjour %s,") % user.name, _("voici ce que vous avez à faire.")),
        sections=tuple(_sections(lines, user, site)),
        link=site + reverse("admin:me"),
        link_label=_("Voir mes actions"),
        choices=site + reverse("admin:me_reminders"),
        unsubscribe=unsubscribe_link(user),
        thread=f"reminders.{current_scope()}.{user.pk}",
        on_sent=partial(record_sent, digest=row, lines=lines),
    )  # fmt: skip


def _subject(lines: list[Line]) -> str:
    late = sum(one.days_late > 0 for one in lines)
    soon = len(lines) - late
    texts = []
    if late:
        texts.append(ngettext("%d en retard", "%d en retard", late) % late)
    if soon:
        texts.append(ngettext("%d à venir", "%d à venir", soon) % soon)
    return _("À faire : %s") % ", ".join(texts)


def _sections(lines: Iterable[Line], user: User, site: str) -> Iterator[Section]:
    """Return what is late first, then what is due, then what others are late with; each by kind."""
    lines = list(lines)
    names = dict(
        User.objects.filter(
            pk__in={owner for one in lines if one.is_escalated for owner in one.owners}
        ).values_list("pk", "name")
    )
    order = list(DueKind)

    def rank(one: Line) -> tuple[bool, bool, int]:
        return one.is_escalated, one.days_late <= 0, order.index(one.thing.source)

    for (is_escalated, is_soon, kind), group in groupby(sorted(lines, key=rank), key=rank):
        found = list(group)
        entries = [_entry(one, user, site, names) for one in found[:SHOWN]]
        more = len(found) - len(entries)
        if more:
            text = ngettext("et %d autre", "et %d autres", more) % more
            entries.append(Entry(text, link=site + reverse("admin:me")))
        heading = sources[order[kind]].heading
        yield Section(_heading(heading, is_escalated=is_escalated, is_soon=is_soon), tuple(entries))


def _heading(heading: str, *, is_escalated: bool, is_soon: bool) -> str:
    if is_escalated:
        return _("%s : en retard de plus d’une semaine, pour d’autres personnes") % heading
    return (_("%s : à venir") if is_soon else _("%s : en retard")) % heading


def _entry(line: Line, user: User, site: str, names: dict[str, str]) -> Entry:
    thing = line.thing
    title = " ".join(thing.title.split())
    if len(title) > TITLE_SHOWN:
        title = f"{title[: TITLE_SHOWN - 1]}…"
    notes = [
        thing.context,
        ", ".join(names[one] for one in line.owners if one in names) if line.is_escalated else "",
        _when(line),
    ]
    return Entry(title, "\u00a0· ".join(filter(None, notes)), site + _path(line, user))


def _when(line: Line) -> str:
    day = date_format(line.thing.due, "DATE_FORMAT")
    if get_language() == "fr" and line.thing.due.day == 1:
        day = day.replace("1 ", "1er ", 1)
    days = line.days_late
    if days > 0:
        late = ngettext("%d jour de retard", "%d jours de retard", days) % days
        return _("%(late)s (échéance : %(day)s)") % {"late": late, "day": day}
    if days == 0:
        return _("aujourd’hui")
    left = ngettext("dans %d jour", "dans %d jours", -days) % -days
    return _("%(left)s (échéance : %(day)s)") % {"left": left, "day": day}


def _path(line: Line, user: User) -> str:
    """Return the page of one's own work, else the thing's for who may open it."""
    source = sources[line.thing.source]
    if source.work and line.thing.owner == user.pk:
        return reverse("admin:me_item", args=[source.work, line.thing.id])
    return source.address(line.thing.id) if can_enter(Actor.of(user)) else reverse("admin:me")
