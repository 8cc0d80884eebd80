"""What the querysets hold by themselves, whoever lets the call through to them."""

import pytest

from actionplans.models import Action, ActionPlan, Area, Assignment
from actionplans.querysets import SEAM
from actionplans.states import FocusType, State
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from tests.actionplans.factories import make_action, make_plan
from tests.cast import ALICE, BOB, MONA, TOM


@pytest.mark.parametrize("role", [Role.TRAINER, Role.LEARNER])
def test_other_roles_see_not_even_what_is_public_or_their_own(acme, role):
    make_action(make_plan(visibility="PUBLIC", created_by_id=BOB.id))
    actor = Actor(id=BOB.id, name=BOB.name, role=role)
    assert not ActionPlan.objects.visible_to(actor)
    assert not Action.objects.visible_to(actor)


def test_a_text_over_the_border_of_title_and_description_finds_nothing(acme):
    make_action(make_plan(), title="Accueil", description="Livret")
    assert Action.objects.matching("accueil").count() == 1
    assert not Action.objects.matching(f"accueil{SEAM}livret")


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        ([], 0),
        ([State.COMPLETED], 100),
        ([State.COMPLETED, State.CANCELLED, State.CANCELLED], 33),
        ([State.COMPLETED, State.PENDING, State.IN_PROGRESS], 33),
    ],
)
def test_the_share_that_is_done_counts_every_part(acme, states, percent):
    people = (ALICE.id, MONA.id, TOM.id)
    make_action(make_plan(), dict(zip(people, states, strict=False)))
    [found] = Action.objects.with_status()
    assert vars(found)["completion_percent"] == percent


def test_open_parts_are_those_still_to_be_done(acme):
    plan = make_plan()
    make_action(plan, {ALICE.id: State.PENDING})
    make_action(plan, {MONA.id: State.IN_PROGRESS, BOB.id: State.COMPLETED})
    make_action(plan, {TOM.id: State.COMPLETED})
    found = Assignment.objects.open().values_list("user_id", flat=True)
    assert sorted(found) == sorted([ALICE.id, MONA.id])


def test_filters_find_the_very_actions_that_have_what_is_asked(acme):
    plan, other = make_plan(), make_plan()
    hall = Area.objects.create(name="Accueil")
    shop = Area.objects.create(name="Atelier")
    one = make_action(plan, {MONA.id: State.PENDING}, focus=["HI"], areas=[hall])
    two = make_action(other, {TOM.id: State.PENDING}, focus=["ENPS"], areas=[shop])
    assert [*Action.objects.on_focus(FocusType.HI)] == [*Action.objects.in_area(hall.pk)] == [one]
    assert [*Action.objects.on_focus(FocusType.ENPS)] == [*Action.objects.in_area(shop.pk)] == [two]
    assert [*Action.objects.assigned_to(MONA.id)] == [one]
    assert [*ActionPlan.objects.having(Action.objects.filter(pk=two.pk))] == [other]
