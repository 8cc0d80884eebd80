"""What a cell refers to: people by address, companies by name or SIRET, courses by id or title."""

from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from qualiforma.accounts.models import User
from qualiforma.ids import is_id
from qualiforma.search import called, nearest
from qualiforma.training.importing.exceptions import CellError, UnknownRecordError
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import read_text
from qualiforma.training.models import (
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    TrainingSession,
)

# Answers kept: more than a usual file's people; a full memory forgets the oldest.
KEPT_ANSWERS = 4096
SIRET_LENGTH = 14


class Lookups:
    """Answers of one import, each asked once. Only of what this import does not itself write."""

    def __init__(self) -> None:
        self.person = lru_cache(KEPT_ANSWERS)(_person)
        self.company = lru_cache(KEPT_ANSWERS)(_company)
        self.titled = lru_cache(KEPT_ANSWERS)(_titled)
        self.course_of = lru_cache(KEPT_ANSWERS)(_course_of)
        self.enrollment = lru_cache(KEPT_ANSWERS)(_enrollment)
        self.enrolled = lru_cache(KEPT_ANSWERS)(_enrolled)


def read_person(cell: Cell, lookups: Lookups) -> str:
    """Return the id of who has this address. Errors: `CellError`."""
    return lookups.person(read_text(cell))


def read_company(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the company of this SIRET or name. Errors: `CellError`."""
    return lookups.company(read_text(cell))


def read_course(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the course of this id or exact title. Errors: `CellError`."""
    return lookups.titled(Course, read_text(cell))


def read_session(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the session of this id or exact title. Errors: `CellError`."""
    return lookups.titled(TrainingSession, read_text(cell))


def read_questionnaire(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the questionnaire of this id or exact title. Errors: `CellError`."""
    return lookups.titled(Questionnaire, read_text(cell))


def read_enrollment(cell: Cell, lookups: Lookups) -> str:
    """Return the id of the enrollment of this id. Errors: `CellError`."""
    return lookups.enrollment(read_text(cell))


def read_signature(cell: Cell, _lookups: Lookups) -> str:
    """Return the id of a signature; it may be one of the same file, hence nothing is kept."""
    wanted = read_text(cell)
    if not Signature.objects.filter(pk=wanted).exists():
        raise CellError(_("Aucun émargement n’a cet identifiant."))
    return wanted


def _person(wanted: str) -> str:
    named = {"pk": wanted} if is_id(wanted, "usr") else {"email": wanted.lower()}
    found = User.objects.filter(**named).values_list("pk", flat=True).first()
    if found is None:
        text = _("Aucun utilisateur n’a cette adresse.")
        reason = _with_nearest(text, User.objects.all(), wanted, "email")
        if "@" in wanted:
            raise UnknownRecordError(reason, "users", {"email": wanted.lower()})
        raise CellError(reason)
    return str(found)


def _company(wanted: str) -> str:
    digits = "".join(wanted.split())
    rows = Company.objects.all()
    given = {"name": wanted}
    if is_id(wanted, "cmp"):
        given, found = {}, _ids(rows.filter(pk=wanted))
    elif len(digits) == SIRET_LENGTH and digits.isdigit():
        given, found = {"siret": digits}, _ids(rows.filter(siret=digits))
    else:
        found = _called(rows, wanted, "name")
    if not found:
        text = _("Aucune entreprise n’a ce nom, ce SIRET ou cet identifiant.")
        reason = _with_nearest(text, rows, wanted, "name")
        raise UnknownRecordError(reason, "companies", given) if given else CellError(reason)
    if len(found) > 1:
        text = _("Plusieurs entreprises ont ce nom (%s) ; donnez le SIRET ou l’identifiant.")
        raise CellError(text % ", ".join(found))
    return found[0]


def _titled(model: Any, wanted: str, name: str = "title") -> str:
    field = model._meta.get_field("id")
    rows = model.objects.all()
    by_id = is_id(wanted, field.prefix)
    found = _ids(rows.filter(pk=wanted)) if by_id else _called(rows, wanted, name)
    if not found:
        reason = _("Aucune fiche n’a cet identifiant ou cet intitulé.")
        reason = _with_nearest(reason, rows, wanted, name)
        if model is Course and not by_id:
            raise UnknownRecordError(reason, "courses", {"title": wanted})
        raise CellError(reason)
    if len(found) > 1:
        text = _("Plusieurs fiches ont cet intitulé (%s) ; donnez l’identifiant.")
        raise CellError(text % ", ".join(found))
    return found[0]


def _called(rows: Any, wanted: str, field: str) -> list[str]:
    """Return what has exactly this name, else what has the same but for accents, spaces, case."""
    return _ids(rows.filter(**{field: wanted})) or _ids(called(rows, wanted, field))


def _with_nearest(reason: str, rows: Any, wanted: str, field: str) -> str:
    near = nearest(rows, wanted, field)
    return reason + " " + _("Voulez-vous dire « %s » ?") % near if near else reason


def _enrollment(wanted: str) -> str:
    if not Enrollment.objects.filter(pk=wanted).exists():
        raise CellError(_("Aucune inscription n’a cet identifiant."))
    return wanted


def _course_of(model: Any, wanted: str) -> str | None:
    """Return the course that a session or a questionnaire belongs to."""
    return (
        str(found)
        if (found := model.objects.values_list("course", flat=True).get(pk=wanted))
        else None
    )


def _enrolled(user: str, course: str | None) -> str:
    """Return the one enrollment of this person, in this course if it is known."""
    rows = Enrollment.objects.filter(user=user)
    found = _ids(rows.filter(course=course) if course else rows)
    if not found:
        raise CellError(_("Cette personne n’est pas inscrite à cette formation."))
    if len(found) > 1:
        text = _("Cette personne a plusieurs inscriptions (%s) ; donnez l’identifiant.")
        raise CellError(text % ", ".join(found))
    return found[0]


def _ids(rows: Any) -> list[str]:
    """Return at most three: enough to say that there are several."""
    return [str(one) for one in rows.order_by("pk").values_list("pk", flat=True)[:3]]
