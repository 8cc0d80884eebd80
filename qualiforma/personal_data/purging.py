"""What has been kept as long as its class says: found, and erased."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.models import AuditEvent
from qualiforma.personal_data.erasing import erase_person, thawed
from qualiforma.personal_data.people import Person, is_erased, person_of
from qualiforma.personal_data_registry import (
    ACCESSIBILITY,
    ACCOUNT,
    PersonalData,
    holds_of,
    last_uses,
    registered,
)

REASON = "Durée de conservation écoulée"
RESTRICTED = "personal_data.person.restricted"


@dataclass
class Due:
    """What nobody has a ground to keep any more: people, by their ids or as contacts, and rows."""

    users: list[Person] = field(default_factory=list)
    contacts: list[Person] = field(default_factory=list)
    sensitive: list[tuple[PersonalData, list[str]]] = field(default_factory=list)


def find_due() -> Due:
    """Return what is due in the open organisation.

    Cost: a few statements for each learner who did not log in for years, and for each old contact.
    """
    return Due(list(_users()), list(_contacts()), list(_sensitive()))


def purge(due: Due) -> None:
    """Erase what is due, as the owner. Killed, the next purge goes on."""
    for person in [*due.users, *due.contacts]:
        erase_person(person=person, reason=REASON)
    for data, keys in due.sensitive:
        with audit.action("personal_data.needs.purged", reason=REASON), thawed([data.model]):
            rows = data.model._meta.base_manager.filter(pk__in=keys)
            rows.update(**dict.fromkeys(data.sensitive, ""))


def _users() -> Iterator[Person]:
    """Yield learners whose account is unused for as long as its class says, and whom no law keeps.

    Those whose erasure was asked for, and waited for a law's period, are due with its end.
    """
    asked = set(AuditEvent.objects.filter(action=RESTRICTED).values_list("object_id", flat=True))
    before = timezone.now() - ACCOUNT.period
    unused = Q(last_login__lt=before) | Q(last_login=None)
    old = unused & Q(created_at__lt=before) & Q(role=Role.LEARNER)
    for user in User.objects.filter(old | Q(pk__in=asked)).order_by("pk").iterator():
        if is_erased(user.name, user.email):
            continue
        is_used = any(day > before for source in last_uses for day in source(user.pk))
        if (user.pk in asked or not is_used) and not holds_of(user.pk):
            yield person_of(user)


def _contacts() -> Iterator[Person]:
    """Yield who is named as a contact only by rows that are over, and is no user."""
    now = timezone.now()
    for data in registered.values():
        if data.over is None:
            continue
        for name, address in data.contacts:
            rows = data.model._meta.base_manager.exclude(**{name: ""}, **{address: ""})
            over = data.over(now - data.retention.period)
            pairs = rows.filter(over).values_list(name, address).distinct().order_by(name, address)
            for called, at in pairs:
                person = Person("", frozenset({called} - {""}), frozenset({at.lower()} - {""}))
                same = Q(**{address: at}) if at else Q(**{name: called})
                is_kept = rows.filter(same).exclude(over).exists()
                is_user = User.objects.filter(Q(email=at) | Q(name=called)).exists()
                if not (is_kept or is_user or is_erased(called if name else "", at)):
                    yield person


def _sensitive() -> Iterator[tuple[PersonalData, list[str]]]:
    """Yield the keys of rows whose special data is kept beyond its time, by model."""
    before = timezone.now() - ACCESSIBILITY.period
    for data in registered.values():
        if data.sensitive and data.over is not None:
            filled = Q()
            for column in data.sensitive:
                filled |= ~Q(**{column: ""})
            rows = data.model._meta.base_manager.filter(filled, data.over(before)).order_by("pk")
            if keys := list(rows.values_list("pk", flat=True)):
                yield data, keys
