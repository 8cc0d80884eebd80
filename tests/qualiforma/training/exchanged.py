"""Records of features, one of each shape that their files know."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from actionplans.states import State
from tests.actionplans import factories as company
from tests.cast import ALICE, MONA
from tests.improvements.factories import link, make_complaint, make_plan, make_theme

EVIL = ("=1+1", "'=1+1", "+33 1", "-1", "@x", "'-", 'a;b\n"c"', "’é€", "0012", "_x0041_")
LONG_AGO = timezone.now().replace(microsecond=123_456) - timedelta(days=30)


def make_complaints(enrollment: Any) -> list[Any]:
    """Complaints in each status; one of them about an enrollment."""
    theme = make_theme("Locaux")
    answered = {
        "acknowledged_at": LONG_AGO + timedelta(hours=1),
        "resolved_at": LONG_AGO + timedelta(days=2),
        "resolution": "Salle changée\net chauffée.",
    }
    one = {"complainant_name": "Mme Roy", "complainant_email": "roy@exemple.fr", "theme": theme}
    first = make_complaint(received_at=LONG_AGO, status="RESOLVED", **answered, **one)
    rest = [
        make_complaint(subject=name, received_at=LONG_AGO, enrollment=enrollment) for name in EVIL
    ]
    rejected = make_complaint(status="REJECTED", received_at=LONG_AGO, **answered)
    make_complaint(subject="En cours", status="IN_PROGRESS", received_at=LONG_AGO)
    return [first, rejected, *rest]


def make_improvement_plans(complaints: list[Any]) -> None:
    """A draft, one under way with actions in each status, one that answers complaints."""
    steps = (
        {"description": "Rédiger", "status": "DONE", "completed_at": LONG_AGO, "kind": "IMMEDIATE"},
        {"description": "Afficher", "status": "CANCELLED", "reason": "Inutile"},
        {"description": "Former\nl’équipe", "due_date": date(2027, 1, 5), "owner_id": MONA.id},
        {"description": "Mesurer", "status": "IN_PROGRESS"},
    )
    begun: dict[str, Any] = {"status": "IN_PROGRESS", "started_at": LONG_AGO}
    plan = make_plan(steps, trigger="COMPLAINT", indicators=[31, 4], **begun)
    for rank, one in enumerate(complaints[:2]):
        link(plan, one, rank)
    for name in EVIL:
        make_plan(({"description": name},), title=name, root_cause=name, cause_method="ISHIKAWA")


def make_closed_plans() -> None:
    """Plans that are evidence by now: no file brings these in."""
    make_plan(({"description": "Fait", "status": "DONE"},), title="Clos", status="COMPLETED")
    make_plan(title="Abandonné", status="ARCHIVED", archive_reason="Doublon")


def make_action_plans() -> None:
    """Actions with several assignees, areas of one name, and what they are meant to improve."""
    plan, head = company.make_plan(), company.make_area()
    parts = {ALICE.id: State.COMPLETED, MONA.id: State.IN_PROGRESS}
    twin = company.make_area(name=head.name, parent=head)
    late = company.make_action(plan, parts, areas=[twin, head], due_date=date(2026, 3, 2))
    for kind, key, label in (("SCORE", "s1", "Accueil"), ("HI", "h:1", ""), ("ENPS", "", "")):
        late.focus_items.create(focus_type=kind, focus_id=key, label=label, position=len(label))
    late.group_links.create(group=company.make_group())
    for name in EVIL:
        company.make_plan(title=name, visibility="PUBLIC", description="a\nb")
        company.make_action(plan, title=name, action_type="COMPANY", source="SUGGESTION")
    company.make_action(plan, {MONA.id: State.CANCELLED}, title="Annulée")


def make_feature_records(enrollment: Any) -> None:
    """Some of each kind that improvements and action plans register."""
    make_improvement_plans(make_complaints(enrollment))
    make_action_plans()
