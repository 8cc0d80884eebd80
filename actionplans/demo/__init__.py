"""Demo data: areas, groups, eight plans and their sixty actions in every state.

Ids, dates and texts are fixed; those that the published examples name are among them. What is late
stays late.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from actionplans.demo.plans import EQUIPE, PLANS, SITE, Plan, Row
from actionplans.models import (
    Action,
    ActionArea,
    ActionGroup,
    ActionPlan,
    Area,
    Assignment,
    FocusItem,
    Group,
    Note,
)
from actionplans.states import ENDED, FocusType, State
from qualiforma import audit

STATES = {"P": State.PENDING, "I": State.IN_PROGRESS, "C": State.COMPLETED, "X": State.CANCELLED}
LABELS = {
    FocusType.SCORE: ("communication", "Communication"),
    FocusType.HI: ("", "Conditions de travail"),
    FocusType.ENPS: ("", "Recommandation"),
}
# Company, its sites, their teams; groups.
PLACES: dict[str, tuple[str, dict[str, list[str]], list[str]]] = {
    "qualiforma-demo": (
        "QualiForma Démo",
        {
            "Siège – Lyon": ["Pédagogie", "Relation entreprises", "Administration"],
            "Centre – Grenoble": ["Bureautique", "Langues"],
            "À distance": ["Classes virtuelles"],
        },
        ["Formateurs permanents", "Formateurs occasionnels", "Équipe administrative"],
    ),
    "votre-tenant": (
        "Prévention Atlantique",
        {
            "Nantes": ["Secourisme", "Incendie", "Planning"],
            "Saint-Nazaire": ["CACES", "Travail en hauteur"],
            "Itinérant": ["Camion-école"],
        },
        ["Formateurs SST", "Formateurs CACES", "Équipe administrative"],
    ),
}
AREA, GROUP, NOTE = (f"64f8a0e2d5b7c9a1e3f4a5b{n}" for n in (7, 8, 9))


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when there are plans already."""
    if ActionPlan.objects.exists():
        return
    with audit.action("actionplans.demo.loaded"):
        sites, teams, groups = _places(slug)
        for plan in PLANS:
            _plan(plan, {SITE: sites, EQUIPE: teams}, groups)


def _places(slug: str) -> tuple[list[Area], list[Area], list[Group]]:
    company, sites, groups = PLACES[slug]
    root = Area.objects.create(id=AREA, name=company)
    found: tuple[list[Area], list[Area]] = ([], [])
    for rank, (site, teams) in enumerate(sites.items()):
        area = Area.objects.create(id=_id(slug, site), name=site, parent=root, position=rank)
        found[0].append(area)
        found[1].extend(
            Area.objects.create(id=_id(slug, site, team), name=team, parent=area, position=place)
            for place, team in enumerate(teams)
        )
    ids = [GROUP, *(_id(slug, name) for name in groups[1:])]
    return *found, [Group.objects.create(id=i, name=n) for i, n in zip(ids, groups, strict=True)]


def _plan(row: Plan, areas: dict[str, list[Area]], groups: list[Group]) -> None:
    plan_id, title, description, visibility, creator, created, actions = row
    at = datetime.fromisoformat(created)
    plan = ActionPlan.objects.create(
        id=plan_id,
        title=title,
        description=description,
        visibility=visibility,
        created_by_id=creator,
        created_at=at,
        updated_at=at,
    )
    for rank, one in enumerate(actions):
        action = _action(plan, one, at + timedelta(minutes=7 * rank))
        places = areas.get(one[2], [])
        if places:
            ActionArea.objects.create(
                id=_id(action.pk, "area"), action=action, area=places[rank % len(places)]
            )
        if rank % 3 == 0:
            group = groups[rank // 3 % len(groups)]
            ActionGroup.objects.create(id=_id(action.pk, "group"), action=action, group=group)


def _action(plan: ActionPlan, row: Row, at: datetime) -> Action:
    title, focus, _place, due, parts, more = row
    people = [_person(short) for short in parts]
    action = Action.objects.create(
        id=more.get("id") or _id(plan.pk, title),
        plan=plan,
        title=title,
        description=more.get("description", ""),
        action_type=more.get("type", "MANAGER"),
        source=more.get("source", "MANUAL"),
        visibility=more.get("vis", plan.visibility),
        due_date=date.fromisoformat(due) if due else None,
        created_by_id=plan.created_by_id,
        created_at=at,
        updated_at=at,
    )
    focus_id, label = LABELS[FocusType(focus)]
    FocusItem.objects.create(
        id=_id(action.pk, focus), action=action, focus_type=focus, focus_id=focus_id, label=label
    )
    for rank, (user_id, letter) in enumerate(zip(people, parts.values(), strict=True)):
        _assign(action, user_id, STATES[letter], rank)
    for rank, text in enumerate(more.get("notes", ())):
        is_named = "id" in more and not rank
        Note.objects.create(
            id=NOTE if is_named else _id(action.pk, "note", str(rank)),
            action=action,
            text=text,
            author_id=people[0],
            created_at=at + timedelta(days=20 + rank),
        )
    return action


def _assign(action: Action, user_id: str, state: State, rank: int) -> None:
    started = action.created_at + timedelta(days=5 + rank)
    ended = action.created_at + timedelta(days=30 + rank)
    Assignment.objects.create(
        id=_id(action.pk, user_id),
        action=action,
        user_id=user_id,
        base_status=state,
        started_at=started if state in {State.IN_PROGRESS, State.COMPLETED} else None,
        completed_at=ended if state in ENDED else None,
        position=rank,
    )


def _person(short: str) -> str:
    return f"usr_{short}" if short.startswith("admin") else f"usr_lead{short}"


def _id(*words: Any) -> str:
    """Return an id that is the same at each loading."""
    return sha256("\x1f".join(words).encode()).hexdigest()[:24]
