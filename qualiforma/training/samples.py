"""Training records that show a new organisation how its own will read."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db.models import Model
from django.utils import timezone

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.sample_data import Loading, Samples, registered
from qualiforma.training.models import Company, Course, Enrollment, TrainingSession

LEARNERS = ("Camille Besson", "Julien Mercier", "Inès Haddad")
COURSES = (
    ("Exemple – Accueillir une clientèle difficile", "Garder son calme et proposer une solution."),
    ("Exemple – Tableurs pour débuter", "Saisir, calculer, présenter un tableau."),
)
# Of the two courses, when they take place. Units: days from today.
DAYS = (-7, 21)
ENROLLED_BEFORE = timedelta(days=30)


def make(loading: Loading) -> Iterator[Model]:
    """Yield a company, a trainer, learners, courses, a session of each, one behind and one to come, enrollments."""
    company = Company(name="Exemple – Menuiserie Lemoine", contact_email="rh@lemoine.example")
    yield company
    trainer = _person("Paul Girard", Role.TRAINER)
    yield trainer
    learners = [_person(name, Role.LEARNER) for name in LEARNERS]
    yield from learners
    morning = timezone.localtime(loading.now).replace(hour=9, minute=0, second=0, microsecond=0)
    for (title, objectives), days, people in zip(
        COURSES, DAYS, (learners, learners[:2]), strict=True
    ):
        course = Course(title=title, objectives=[objectives], level="BEGINNER", duration_hours=7)
        yield course
        day = morning + timedelta(days=days)
        yield TrainingSession(
            course=course,
            title="Journée unique",
            trainer=trainer,
            starts_at=day,
            ends_at=day.replace(hour=17),
            mode="ONSITE",
        )
        for learner in people:
            yield Enrollment(
                course=course,
                user=learner,
                company=company,
                payment_method="FREE",
                enrolled_at=day - ENROLLED_BEFORE,
                created_by_id=loading.actor.id,
            )


def _person(name: str, role: Role) -> User:
    """Return somebody who cannot log in, at an address that no mail reaches."""
    return User(
        email=f"{name.split(maxsplit=1)[0].lower()}@personnes.example",
        name=f"{name} (exemple)",
        role=role,
        password=make_password(None),
    )


registered.append(Samples(10, (Course, TrainingSession, Enrollment), make))
