"""What the querysets of training records hold by themselves."""

import pytest

from qualiforma.accounts.actor import Actor
from qualiforma.training.models import Course, Enrollment
from tests.cast import ALICE, AUDREY, BOB, MONA, TOM
from tests.qualiforma.training.factories import make_course, make_enrollment


def acting(person):
    return Actor(id=person.id, name=person.name, role=person.role)


@pytest.mark.parametrize("person", [ALICE, MONA, TOM, AUDREY, BOB], ids=lambda one: one.id)
def test_the_staff_follow_every_enrollment_and_a_learner_their_own(acme, person):
    own, other = make_enrollment(user_id=BOB.id), make_enrollment(user_id=MONA.id)
    found = Enrollment.objects.followed_by(acting(person))
    assert {*found} == ({own} if person == BOB else {own, other})


@pytest.mark.parametrize("person", [ALICE, MONA, TOM, AUDREY, BOB], ids=lambda one: one.id)
def test_records_are_the_staffs(acme, person):
    course = make_course()
    assert {*Course.objects.visible_to(acting(person))} == (set() if person == BOB else {course})
