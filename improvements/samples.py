"""Complaints and a plan that show a new organisation how its own will read."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Model
from django.utils import timezone

from improvements.models import (
    Complaint,
    CorrectiveAction,
    ImprovementPlan,
    PlanComplaint,
    PlanYear,
)
from improvements.states import ActionKind, ActionStatus, PlanStatus
from qualiforma.qualiopi.rules import Rules
from qualiforma.sample_data import Keys, Loading, Samples, registered
from qualiforma.training.models import Enrollment

# What is to be done, of which kind, how far it is and when it is due. Units: days from today.
ACTIONS = (
    ("Réserver une salle équipée", ActionKind.IMMEDIATE, ActionStatus.DONE, -2),
    ("Vérifier le matériel la veille", ActionKind.CORRECTIVE, ActionStatus.IN_PROGRESS, -1),
    ("Tenir une liste des salles équipées", ActionKind.PREVENTIVE, ActionStatus.TODO, 5),
)


def make(loading: Loading) -> Iterator[Model]:
    """Yield a complaint without answer, one that a plan answers, and that plan with its actions."""
    yield _complaint(loading, 2, "Exemple – Convocation arrivée trop tard", "EMAIL")
    complaint = _complaint(loading, 6, "Exemple – Le vidéoprojecteur ne fonctionnait pas", "PHONE")
    complaint.acknowledged_at = complaint.received_at + timedelta(days=1)
    yield complaint
    today = timezone.localdate(loading.now)
    plan = ImprovementPlan(
        title="Exemple – Des salles prêtes à temps",
        description="La salle et son matériel sont vérifiés avant chaque session.",
        trigger="COMPLAINT",
        root_cause="Personne n’était chargé de vérifier le matériel.",
        status=PlanStatus.IN_PROGRESS,
        started_at=loading.now,
        owner_id=loading.actor.id,
        target_date=today + timedelta(days=30),
        indicators=[31, 32],
    )
    yield plan
    for position, (description, kind, status, days) in enumerate(ACTIONS):
        due = today + timedelta(days=days)
        yield CorrectiveAction(
            plan=plan,
            description=description,
            kind=kind,
            status=status,
            owner_id=loading.actor.id,
            due_date=due,
            first_due_date=due,
            completed_at=loading.now if status == ActionStatus.DONE else None,
            position=position,
        )
    yield PlanComplaint(plan=plan, complaint=complaint)


def _complaint(loading: Loading, days: int, subject: str, channel: str) -> Complaint:
    complaint = Complaint(
        subject=subject,
        channel=channel,
        kind="COMPLAINT",
        complainant_name="Camille Besson",
        complainant_role="LEARNER",
        enrollment=loading.of(Enrollment)[0],
        received_at=loading.now - timedelta(days=days),
        created_by_id=loading.actor.id,
    )
    complaint.set_delays(Rules())
    return complaint


def give_numbers_back(keys: Keys) -> None:
    """Count a year's plans down where a sample has its last number, so that numbers keep no gap."""
    samples = ImprovementPlan.objects.filter(pk__in=keys.get(ImprovementPlan, ()))
    for reference in samples.order_by("-reference").values_list("reference", flat=True):
        _prefix, year, number = reference.split("-")
        PlanYear.objects.filter(year=year, last=int(number)).update(last=F("last") - 1)


registered.append(Samples(20, (Complaint, ImprovementPlan), make, give_numbers_back))
