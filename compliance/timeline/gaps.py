"""What an auditor looks for in a training file and does not find, or finds in the wrong order.

What is expected depends on how far the enrollment has come: nothing before its first session, no
final assessment and no certificate before it is completed. Pure: events in, gaps out. Instants are
compared as they go over the wire, where the order of the texts is that of time.
Source: qualiopi, "What an auditor looks for in our records"; decision 0014.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.states import GapReason
from qualiforma.qualiopi.grids import named
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.timeline import Event, EventType
from qualiforma.training.attendance_sheet import PARIS, half_days_of
from qualiforma.training.states import EnrollmentStatus, HalfDay

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NEED, POSITIONING = NUMBERS[Subject.NEED], NUMBERS[Subject.POSITIONING]
INFORMATION = NUMBERS[Subject.INFORMATION]
ACHIEVEMENT, ENGAGEMENT = NUMBERS[Subject.ACHIEVEMENT], NUMBERS[Subject.ENGAGEMENT]
HALF_DAYS = {HalfDay.AM: gettext_lazy("matin"), HalfDay.PM: gettext_lazy("après-midi")}


@dataclass(frozen=True)
class Gap:
    """A step that is missing, or that stands after what it should stand before.

    Without `expected_before` it is the step itself that stands too early.

    `session_id` names the session that it is about, where it is about one. A step that serves no
    indicator has no number.
    """

    type: EventType
    reason: GapReason
    indicator: int | None
    description: str
    expected_before: EventType | None = None
    session_id: str | None = None
    # When it would have been, where that is known.
    at: str | None = None

    @property
    def indicator_name(self) -> str:
        """The indicator with its wording, for people; empty without one."""
        return named(self.indicator) if self.indicator else ""


@dataclass(frozen=True)
class Session:
    """A session that the learner was at, signed for or missed."""

    id: str
    title: str
    starts_at: str
    ends_at: str

    @property
    def half_days(self) -> list[HalfDay]:
        """Which half-days it leaves no doubt about, in Paris."""
        return half_days_of(
            datetime.fromisoformat(self.starts_at), datetime.fromisoformat(self.ends_at)
        )


class Evidence:
    """The events of a file, sorted by what the rules ask of them."""

    def __init__(
        self,
        events: Sequence[Event],
        *,
        status: EnrollmentStatus,
        now: str,
        assessed_at: str | None,
        informed_at: str | None,
        absences: Sequence[Session],
    ) -> None:
        self.now = now
        self.absences = absences
        self.by_type: dict[str, list[Event]] = {}
        for event in events:
            self.by_type.setdefault(event["type"], []).append(event)
        self.attended = {one.id: one for one in map(_session, self.of(EventType.SESSION_ATTENDED))}
        self.signed = {one.id: one for one in map(_session, self.of(EventType.EMARGEMENT_SIGNED))}
        present = sorted(
            {**self.signed, **self.attended}.values(), key=lambda one: (one.starts_at, one.id)
        )
        self.first = present[0] if present else None
        self.last = present[-1] if present else None
        self.positioned = [*self.dates(EventType.PRE_QUESTIONNAIRE_COMPLETED)]
        self.positioned += [assessed_at] if assessed_at else []
        self.informed = self.dates(EventType.INFORMATION_SENT)
        self.informed += [informed_at] if informed_at else []
        self.assessed = self.dates(EventType.POST_QUESTIONNAIRE_COMPLETED)
        self.certified = self.dates(EventType.CERTIFICATE_ISSUED)
        self.is_completed = status == EnrollmentStatus.COMPLETED
        # The training is over, as far as the file says.
        self.is_over = self.is_completed or bool(self.certified)
        self.has_begun = self.is_over or bool(self.assessed) or self.first is not None

    def of(self, type_: EventType) -> list[Event]:
        """Return the events of a type, oldest first."""
        return self.by_type.get(type_, [])

    def dates(self, type_: EventType) -> list[str]:
        """Return when they were, oldest first."""
        return [event["date"] for event in self.of(type_)]

    @property
    def next_proof(self) -> tuple[EventType, str] | None:
        """What first tells of the training where no session does."""
        proofs = [
            (EventType.POST_QUESTIONNAIRE_COMPLETED, self.assessed),
            (EventType.CERTIFICATE_ISSUED, self.certified),
        ]
        found = [(dates[0], type_) for type_, dates in proofs if dates]
        return (min(found)[1], min(found)[0]) if found else None


Rule = Callable[[Evidence], Iterator[Gap]]


def find_gaps(
    events: Sequence[Event],
    *,
    status: EnrollmentStatus,
    now: str,
    assessed_at: str | None = None,
    informed_at: str | None = None,
    absences: Sequence[Session] = (),
) -> list[Gap]:
    """Return the gaps of a file, in the order of the steps.

    Shape: `events` and instants as they go over the wire; `assessed_at` is the first answer to an
    entrance assessment, `informed_at` the first day on which something was sent to the learner, which
    no event need tell of; `absences` are the sessions that the learner was noted absent from.
    """
    evidence = Evidence(
        events,
        status=status,
        now=now,
        assessed_at=assessed_at,
        informed_at=informed_at,
        absences=absences,
    )
    return [gap for rule in RULES for gap in rule(evidence)]


def _enrollment(file: Evidence) -> Iterator[Gap]:
    """Look whether the learner was enrolled before the first session was over."""
    enrolled = file.dates(EventType.ENROLLMENT_CREATED)
    if file.first and enrolled and enrolled[0] > file.first.ends_at:
        yield _late(
            EventType.ENROLLMENT_CREATED,
            EventType.SESSION_ATTENDED,
            None,
            _("Inscription postérieure à la première session."),
        )


def _needs(file: Evidence) -> Iterator[Gap]:
    """Look whether the need was analysed before the training began."""
    analysed = file.dates(EventType.NEEDS_ANALYSIS_COMPLETED)
    if not analysed and file.has_begun:
        yield _missing(
            EventType.NEEDS_ANALYSIS_COMPLETED,
            NEED,
            _("Aucune analyse des besoins validée avant le début de la formation."),
            before=EventType.SESSION_ATTENDED,
        )
        return
    limit = (EventType.SESSION_ATTENDED, file.first.starts_at) if file.first else file.next_proof
    if analysed and limit and analysed[0] > limit[1]:
        yield _late(
            EventType.NEEDS_ANALYSIS_COMPLETED,
            limit[0],
            NEED,
            _("Analyse des besoins validée après le début de la formation."),
        )


def _positioning(file: Evidence) -> Iterator[Gap]:
    """Look whether the level was known at the very start: by the end of the first session."""
    limit = (EventType.SESSION_ATTENDED, file.first.ends_at) if file.first else file.next_proof
    if not file.positioned:
        if file.has_begun and (file.is_over or limit is None or limit[1] < file.now):
            yield _missing(
                EventType.PRE_QUESTIONNAIRE_COMPLETED,
                POSITIONING,
                _(
                    "Aucun positionnement à l’entrée : ni questionnaire pré-formation, ni prérequis."
                ),
                before=EventType.SESSION_ATTENDED,
            )
    elif limit and min(file.positioned) > limit[1]:
        yield _late(
            EventType.PRE_QUESTIONNAIRE_COMPLETED,
            limit[0],
            POSITIONING,
            _("Positionnement fait après le début de la formation."),
        )


def _information(file: Evidence) -> Iterator[Gap]:
    """Look whether something was sent to the learner before the training began."""
    limit = (EventType.SESSION_ATTENDED, file.first.starts_at) if file.first else file.next_proof
    if not file.informed:
        if file.has_begun:
            yield _missing(
                EventType.INFORMATION_SENT,
                INFORMATION,
                _("Rien n’atteste que l’apprenant a été informé avant la première session."),
                before=EventType.SESSION_ATTENDED,
            )
    elif limit and min(file.informed) > limit[1]:
        yield _late(
            EventType.INFORMATION_SENT,
            limit[0],
            INFORMATION,
            _("Information envoyée à l’apprenant après le début de la formation."),
        )


def _presence(file: Evidence) -> Iterator[Gap]:
    """Look whether what is assessed or certified was attended, and before that."""
    if file.first is None and (file.is_over or file.assessed):
        before = (file.next_proof or (EventType.CERTIFICATE_ISSUED, ""))[0]
        for type_, said in (
            (EventType.SESSION_ATTENDED, _("Aucune session suivie.")),
            (EventType.EMARGEMENT_SIGNED, _("Aucun émargement.")),
        ):
            yield _missing(type_, ENGAGEMENT, said, before=before)
    for session in file.attended.values():
        if file.certified and session.starts_at > file.certified[0]:
            yield _late(
                EventType.SESSION_ATTENDED,
                EventType.CERTIFICATE_ISSUED,
                ACHIEVEMENT,
                _("Session suivie après l’attestation : %s.") % session.title,
                session.id,
            )


def _absences(file: Evidence) -> Iterator[Gap]:
    """Name each session of the past that the learner was expected at and missed."""
    for session in file.absences:
        if session.ends_at < file.now:
            starts_at = datetime.fromisoformat(session.starts_at).astimezone(PARIS)
            day = date_format(starts_at, "SHORT_DATE_FORMAT")
            about = {"title": session.title, "day": day}
            said = _("Absence à la session « %(title)s » du %(day)s.") % about
            yield Gap(
                EventType.SESSION_ATTENDED,
                GapReason.MISSING,
                ENGAGEMENT,
                said,
                session_id=session.id,
                at=session.starts_at,
            )


def _signatures(file: Evidence) -> Iterator[Gap]:
    """Look whether each half-day attended was signed for, before the certificate."""
    signed: dict[str, set[str]] = {}
    for event in file.of(EventType.EMARGEMENT_SIGNED):
        about = event["metadata"]
        signed.setdefault(about["sessionId"], set()).add(about["halfDay"])
        is_correction = "replaces" in about
        if file.certified and event["date"] > file.certified[0] and not is_correction:
            yield _late(
                EventType.EMARGEMENT_SIGNED,
                EventType.CERTIFICATE_ISSUED,
                ENGAGEMENT,
                _("Émargement postérieur à l’attestation : %s.") % about["title"],
                about["sessionId"],
            )
    for session in file.attended.values():
        if session.ends_at < file.now:
            yield from _unsigned(session, signed.get(session.id, set()))


def _unsigned(session: Session, signed: set[str]) -> Iterator[Gap]:
    lacking = [half_day for half_day in session.half_days if half_day not in signed]
    if not lacking and signed:
        return
    said = _("Session suivie sans émargement : %s.") % session.title
    if signed:
        said = _("Demi-journée non émargée (%(half_day)s) : %(title)s.") % {
            "half_day": HALF_DAYS[lacking[0]],
            "title": session.title,
        }
    yield _missing(
        EventType.EMARGEMENT_SIGNED,
        ENGAGEMENT,
        said,
        before=EventType.CERTIFICATE_ISSUED,
        session_id=session.id,
    )


def _achievement(file: Evidence) -> Iterator[Gap]:
    """Look whether what is completed or certified was assessed before."""
    if file.is_over and not file.assessed:
        yield _missing(
            EventType.POST_QUESTIONNAIRE_COMPLETED,
            ACHIEVEMENT,
            _("Aucune évaluation des acquis en fin de formation."),
            before=EventType.CERTIFICATE_ISSUED,
        )
    elif file.certified and file.assessed[0] > file.certified[0]:
        yield _late(
            EventType.POST_QUESTIONNAIRE_COMPLETED,
            EventType.CERTIFICATE_ISSUED,
            ACHIEVEMENT,
            _("Attestation délivrée avant l’évaluation des acquis."),
        )
    if file.last and file.assessed and file.assessed[-1] < file.last.starts_at:
        yield Gap(
            EventType.POST_QUESTIONNAIRE_COMPLETED,
            GapReason.OUT_OF_ORDER,
            ACHIEVEMENT,
            _("Évaluation des acquis antérieure à la dernière session."),
        )
    if file.is_completed and not file.certified:
        yield _missing(
            EventType.CERTIFICATE_ISSUED, ACHIEVEMENT, _("Formation terminée sans attestation.")
        )


RULES: tuple[Rule, ...] = (
    *(_enrollment, _needs, _positioning, _information),
    *(_presence, _absences, _signatures, _achievement),
)


def _missing(
    type_: EventType,
    indicator: int,
    description: "StrOrPromise",
    *,
    before: EventType | None = None,
    session_id: str | None = None,
) -> Gap:
    return Gap(type_, GapReason.MISSING, indicator, str(description), before, session_id)


def _late(
    type_: EventType,
    before: EventType,
    indicator: int | None,
    description: str,
    session_id: str | None = None,
) -> Gap:
    return Gap(type_, GapReason.OUT_OF_ORDER, indicator, description, before, session_id)


def _session(event: Event) -> Session:
    about = event["metadata"]
    return Session(about["sessionId"], about["title"], about["startsAt"], about["endsAt"])


def beginning_of(day: date) -> datetime:
    """Return the instant at which a day begins in Paris."""
    return datetime.combine(day, time.min, PARIS)
