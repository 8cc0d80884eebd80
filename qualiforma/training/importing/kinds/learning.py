"""Enrollments, sessions and attendances."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training import services
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds.base import ID, Given, Kind, one_named, only, within_second
from qualiforma.training.importing.lookups import (
    Lookups,
    read_company,
    read_course,
    read_enrollment,
    read_person,
    read_session,
)
from qualiforma.training.importing.readers import course_columns, name_columns
from qualiforma.training.importing.values import (
    choice_of,
    read_end,
    read_flag,
    read_instant,
    read_minutes,
    read_start,
    read_text,
)
from qualiforma.training.models import Attendance, Enrollment, TrainingSession
from qualiforma.training.states import EnrollmentStatus, PaymentMethod, SessionMode

MODES = {
    **dict.fromkeys(
        ("distanciel", "en distanciel", "distance", "visio", "visioconférence", "en visio", "en ligne", "classe virtuelle", "online"),
        SessionMode.REMOTE,
    ),
    **dict.fromkeys(("en présentiel", "présent", "sur site", "en salle", "en présence"), SessionMode.ONSITE),
    **dict.fromkeys(("hybride", "mixte présentiel distanciel", "bimodal", "comodal"), SessionMode.HYBRID),
}  # fmt: skip


class Enrollments(Kind):
    """Learners in courses, identified by learner, course and the instant of enrollment."""

    name = "enrollments"
    title = gettext_lazy("Inscriptions")
    model = Enrollment
    related = ("user", "course", "company")
    fixed = ("user", "course", "enrolled_at")
    creates = ("users", "companies", "courses")
    note = gettext_lazy(
        "Une inscription importée porte le nom de la personne qui l’importe, pas de celle "
        "qui l’avait saisie."
    )
    example: ClassVar = {
        "user": "camille.roy@exemple.fr",
        "course": "Excel, les bases",
        "company": "01234567400001",
        "status": "En cours",
        "enrolled_at": "02/03/2026",
    }
    columns = (
        ID,
        Column("user", "Apprenant", "Learner", lambda one: one.user.email, read_person, ("e-mail", "email", "mail", "courriel", "adresse e-mail", "e-mail de l’apprenant", "stagiaire", "learner email", "adresse mail", "mail du stagiaire", "e-mail du stagiaire", "participant", "bénéficiaire"), is_required=True, width=32),
        Column("user_name", "Nom de l’apprenant", "Learner’s name", lambda one: one.user.name, also=("nom", "nom complet", "nom et prénom", "nom prénom", "nom du stagiaire", "nom de famille", "last name"), width=28, fills=("users", "name")),
        Column("user_first_name", "Prénom de l’apprenant", "Learner’s first name", lambda one: "", also=("prénom", "prénoms", "prénom du stagiaire", "first name"), only_read=True, fills=("users", "first_name")),
        Column("course", "Formation", "Course", lambda one: one.course_id, read_course, ("course id",), is_required=True, width=30),
        Column("course_title", "Intitulé de la formation", "Course title", lambda one: one.course.title, also=("nom de la formation", "libellé de la formation", "intitulé formation"), width=40, stands_for="course", fills=("courses", "title")),
        *course_columns(),
        Column("company", "Entreprise", "Company", lambda one: one.company_id, read_company, ("société", "siret", "siret de l’organisme", "siret de l’entreprise", "employeur", "client"), cleared=None, width=30),
        Column("company_name", "Raison sociale", "Company name", lambda one: one.company.name if one.company else None, width=36, stands_for="company", fills=("companies", "name")),
        Column("status", "Statut", "Status", lambda one: one.get_status_display(), choice_of(EnrollmentStatus)),
        Column("payment_method", "Paiement", "Payment method", lambda one: one.get_payment_method_display(), choice_of(PaymentMethod), ("moyen de paiement", "payment")),
        Column("payment_id", "Référence du paiement", "Payment reference", lambda one: one.payment_id, read_text, ("référence", "reference", "payment id"), cleared="", width=28),
        Column("enrolled_at", "Inscrit le", "Enrolled on", lambda one: one.enrolled_at, read_instant, ("date d’inscription", "date inscription", "enrolled at")),
        Column("completed_at", "Terminée le", "Completed on", lambda one: one.completed_at, read_instant, ("date de fin", "completed at")),
        Column("expires_at", "Expire le", "Expires on", lambda one: one.expires_at, read_end, ("expires at",), cleared=None),
    )  # fmt: skip

    def alike(self, given: Given) -> Any:
        """Return the one of the same person, course and instant; else the active one."""
        rows = Enrollment.objects.filter(user=given.get("user"), course=given.get("course"))
        instant = given.get("enrolled_at")
        if instant is None:
            return only(rows.filter(status=EnrollmentStatus.ACTIVE), "user")
        return only(rows.filter(enrolled_at__range=within_second(instant)), "user")

    def create(self, given: Given, actor: Actor) -> Enrollment:
        return services.create_enrollment(draft=services.EnrollmentDraft(**given), actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_enrollment(enrollment=record, changes=changes, actor=actor)


class Sessions(Kind):
    """Meetings of courses, identified by course, title and start."""

    name = "sessions"
    title = gettext_lazy("Sessions")
    model = TrainingSession
    related = ("course", "trainer")
    creates = ("users", "courses")
    created_role = Role.TRAINER
    example: ClassVar = {
        "course": "Excel, les bases",
        "title": "Matinée du 9 mars",
        "starts_at": "09/03/2026 09:00",
        "ends_at": "09/03/2026 12:30",
        "mode": "Présentiel",
        "trainer": "alex.petit@exemple.fr",
    }
    columns = (
        ID,
        Column("course", "Formation", "Course", lambda one: one.course_id, read_course, ("course id",), is_required=True, width=30),
        Column("course_title", "Intitulé de la formation", "Course title", lambda one: one.course.title, also=("nom de la formation", "libellé de la formation", "intitulé formation"), width=40, stands_for="course", fills=("courses", "title")),
        *course_columns(),
        Column("title", "Intitulé", "Title", lambda one: one.title, read_text, ("session", "titre"), is_required=True, width=36),
        Column("starts_at", "Début", "Start", lambda one: one.starts_at, read_start, ("starts at", "date de début", "début de session", "date et heure de début"), is_required=True),
        Column("ends_at", "Fin", "End", lambda one: one.ends_at, read_end, ("ends at", "date de fin", "fin de session", "date et heure de fin"), is_required=True),
        Column("mode", "Modalité", "Mode", lambda one: one.get_mode_display(), choice_of(SessionMode, MODES), ("mode", "modalités", "format", "lieu ou distance"), is_required=True),
        Column("trainer", "Formateur", "Trainer", lambda one: one.trainer.email, read_person, ("e-mail du formateur", "trainer email"), is_required=True, width=32),
        *name_columns("formateur", "Trainer"),
    )  # fmt: skip

    def alike(self, given: Given) -> Any:
        start = given.get("starts_at")
        if start is None:
            return None
        rows = TrainingSession.objects.filter(course=given.get("course"))
        rows = rows.filter(starts_at__range=within_second(start))
        return one_named(rows, given.get("title"), "title")

    def create(self, given: Given, actor: Actor) -> TrainingSession:
        return services.create_session(draft=services.SessionDraft(**given), actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_session(session=record, changes=changes, actor=actor)


# Whose proof it is: by the enrollment's id, or by the person, in the course that is meant.
ENROLLMENT = Column("enrollment", "Inscription", "Enrollment", lambda one: one.enrollment_id, read_enrollment, ("enrollment id",), width=30)  # fmt: skip
LEARNER = Column("learner", "Apprenant", "Learner", lambda one: one.enrollment.user.email if one.enrollment else None, read_person, ("e-mail", "email", "mail", "courriel", "adresse e-mail", "e-mail de l’apprenant", "stagiaire", "adresse mail", "participant", "bénéficiaire"), width=32)  # fmt: skip
SESSION = Column("session", "Session", "Session", lambda one: one.session_id, read_session, ("session id",), is_required=True, width=30)  # fmt: skip
SESSION_TITLE = Column("session_title", "Intitulé de la session", "Session title", lambda one: one.session.title, width=36, stands_for="session")  # fmt: skip


def put_enrollment(given: Given, lookups: Lookups, course: str | None, *, is_needed: bool) -> None:
    """Work out the enrollment from the learner, or hold one against the other."""
    learner = given.pop("learner", None)
    enrollment = given.get("enrollment")
    if learner is None:
        if not enrollment and is_needed:
            text = _("Indiquez l’identifiant de l’inscription ou l’adresse de l’apprenant.")
            raise CellError(text, "enrollment")
        return
    if not enrollment:
        try:
            given["enrollment"] = lookups.enrolled(learner, course)
        except CellError as error:
            raise CellError(error.reason, "learner") from error
    elif not Enrollment.objects.filter(pk=enrollment, user=learner).exists():
        raise CellError(_("Cette inscription est celle d’une autre personne."), "learner")


class Attendances(Kind):
    """Who was there, identified by session and enrollment."""

    name = "attendances"
    title = gettext_lazy("Présences")
    model = Attendance
    touched = (TrainingSession,)
    related = ("session", "enrollment__user")
    order = ("pk",)
    note = gettext_lazy(
        "Une présence n’a pas d’identifiant : la session et l’inscription la désignent."
    )
    example: ClassVar = {
        "session": "Matinée du 9 mars",
        "learner": "camille.roy@exemple.fr",
        "attended": "oui",
        "attended_at": "09/03/2026 09:05",
        "minutes": "210",
    }
    columns = (
        SESSION,
        SESSION_TITLE,
        ENROLLMENT,
        LEARNER,
        Column("attended", "Présent", "Attended", lambda one: one.attended, read_flag, ("présence", "presence"), is_required=True),
        Column("attended_at", "Présent le", "Attended at", lambda one: one.attended_at, read_start),
        Column("minutes", "Minutes suivies", "Minutes", lambda one: one.minutes, read_minutes, ("durée (minutes)", "durée", "temps de présence")),
    )  # fmt: skip

    def complete(self, given: Given, lookups: Lookups) -> None:
        course = (
            lookups.course_of(TrainingSession, given["session"]) if "session" in given else None
        )
        put_enrollment(given, lookups, course, is_needed=True)
        if given.get("attended") is False:
            given.setdefault("attended_at", None)
            given.setdefault("minutes", None)

    def alike(self, given: Given) -> Any:
        names = ("session", "enrollment")
        return Attendance.objects.filter(**{one: given.get(one) for one in names}).first()

    def create(self, given: Given, actor: Actor) -> Attendance:
        rest = dict(given)
        session = TrainingSession.objects.get(pk=rest.pop("session"))
        enrollment = Enrollment.objects.get(pk=rest.pop("enrollment"))
        draft = services.AttendanceDraft(**rest)
        return services.record_attendance(
            session=session, enrollment=enrollment, draft=draft, actor=actor
        )

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        names = ("attended", "attended_at", "minutes")
        now = {name: getattr(record, name) for name in names}
        draft = services.AttendanceDraft(**{**now, **changes})
        return services.record_attendance(
            session=record.session, enrollment=record.enrollment, draft=draft, actor=actor
        )
