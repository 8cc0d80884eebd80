"""Who may do what to plans and complaints, and who sees which: every role, by hand."""

import pytest

from improvements import policies
from improvements.models import Complaint, ImprovementPlan
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from tests.cast import ALICE, AUDREY, BOB, MONA, TOM
from tests.improvements.factories import make_action, make_complaint, make_plan

PEOPLE = {"ADMIN": ALICE, "MANAGER": MONA, "TRAINER": TOM, "LEARNER": BOB, "AUDITOR": AUDREY}
MAY = {
    policies.can_read_register: "ADMIN AUDITOR",
    policies.can_manage_plans: "ADMIN",
    policies.can_work_on_actions: "ADMIN MANAGER TRAINER LEARNER",
    policies.can_read_complaints: "ADMIN MANAGER LEARNER AUDITOR",
    policies.can_bring_complaints: "ADMIN MANAGER TRAINER LEARNER",
    policies.can_manage_complaints: "ADMIN",
}


def acting(person):
    return Actor(person.id, person.name, person.role)


def test_the_roles_are_all_there():
    assert set(PEOPLE) == set(Role.values)


@pytest.mark.parametrize("policy", MAY, ids=lambda policy: policy.__name__)
def test_what_a_role_may_do(policy):
    assert [role for role, one in PEOPLE.items() if policy(acting(one))] == [
        role for role in PEOPLE if role in MAY[policy].split()
    ]


@pytest.mark.parametrize(
    ("role", "owner", "fields", "may"),
    [
        ("ADMIN", BOB, {"status", "description"}, True),
        ("MANAGER", MONA, {"status"}, True),
        ("MANAGER", MONA, {"status", "description"}, False),
        ("MANAGER", TOM, {"status"}, False),
        ("LEARNER", BOB, set(), True),
        ("AUDITOR", AUDREY, {"status"}, False),
    ],
)
def test_who_may_change_what_of_an_action(acme, role, owner, fields, may):
    action = make_action(make_plan(), owner_id=owner.id)
    assert policies.can_change_action(acting(PEOPLE[role]), action, fields) is may


SEEN = {
    "ADMIN": ["of Mona", "of Tom", "Bob works on it"],
    "MANAGER": ["of Mona"],
    "TRAINER": ["of Tom"],
    "LEARNER": ["Bob works on it"],
    "AUDITOR": ["of Mona", "of Tom", "Bob works on it"],
}


@pytest.mark.parametrize("role", SEEN)
def test_which_plans_a_role_sees(acme, role):
    made = {
        make_plan(owner_id=MONA.id).pk: "of Mona",
        make_plan(owner_id=TOM.id).pk: "of Tom",
        make_plan([{"owner_id": BOB.id}]).pk: "Bob works on it",
    }
    seen = set(
        ImprovementPlan.objects.visible_to(acting(PEOPLE[role])).values_list("pk", flat=True)
    )
    assert [what for pk, what in made.items() if pk in seen] == SEEN[role]


@pytest.mark.parametrize(
    ("role", "seen"),
    [("ADMIN", 3), ("MANAGER", 3), ("AUDITOR", 3), ("TRAINER", 0), ("LEARNER", 1)],
)
def test_which_complaints_a_role_sees(acme, role, seen):
    made = [make_complaint(created_by_id=one.id).pk for one in (BOB, TOM, MONA)]
    found = Complaint.objects.filter(pk__in=made).visible_to(acting(PEOPLE[role]))
    assert found.count() == seen
