"""What the bench compares is alike."""

import pytest

from tests.bench.floors.operations import closable

PLANS = 2000


@pytest.mark.parametrize("first", range(0, PLANS // 24 * 6, 2))
def test_two_plans_that_are_closed_in_turn_are_alike(first):
    pair = [int(closable(n).removeprefix("imp_f")) for n in (first, first + 1)]
    # Under way with everything done; every third answers a complaint.
    assert [one % 4 for one in pair] == [3, 3]
    assert len({one % 3 == 0 for one in pair}) == 1
    assert max(pair) <= PLANS


def test_what_is_compared_answers_complaints():
    # Two are noted before.
    assert int(closable(2).removeprefix("imp_f")) % 3 == 0


def test_no_plan_is_closed_twice():
    found = [closable(n) for n in range(PLANS // 24 * 6)]
    assert len(set(found)) == len(found)
