"""The demo's logins: one per role, a second administrator, four managers in all."""

from django.conf import settings

from qualiforma.accounts import services
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role

PEOPLE = (
    ("usr_admin01", "admin@qualiforma.fr", "Claire Martin", Role.ADMIN),
    ("usr_admin02", "admin2@qualiforma.fr", "Thomas Bernard", Role.ADMIN),
    ("usr_lead02", "lead@qualiforma.fr", "Sophie Lambert", Role.MANAGER),
    ("usr_lead03", "lead3@qualiforma.fr", "Julien Faure", Role.MANAGER),
    ("usr_lead04", "lead4@qualiforma.fr", "Nadia Cherif", Role.MANAGER),
    ("usr_lead05", "lead5@qualiforma.fr", "Antoine Mercier", Role.MANAGER),
    ("usr_trainer01", "trainer@qualiforma.fr", "Karim Benali", Role.TRAINER),
    ("usr_learner01", "learner@qualiforma.fr", "Léa Moreau", Role.LEARNER),
    ("usr_auditor01", "auditor@qualiforma.fr", "Hélène Dubois", Role.AUDITOR),
)


def load(slug: str) -> None:
    """Create the demo's users in the open tenant; those already there are left alone."""
    there = set(User.objects.values_list("pk", flat=True))
    for user_id, email, name, role in PEOPLE:
        if user_id not in there:
            services.create_user(
                id=user_id,
                email=email,
                name=name,
                role=role,
                password=settings.DEMO_PASSWORD,
            )
