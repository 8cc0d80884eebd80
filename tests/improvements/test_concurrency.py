"""Two at once, over real connections to a real server."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

PLAN = {
    "title": "À clôturer deux fois",
    "trigger": "AUDIT",
    "targetDate": "2026-12-31",
    "owner": "usr_admin01",
    "actions": [{"description": "Une action"}],
}


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


@pytest.fixture
def plan(demo_admin):
    def make():
        data = demo_admin("POST", "improvement-plans", PLAN)[1]["data"]
        path = f"improvement-plans/{data['id']}"
        demo_admin("PATCH", path, {"status": "IN_PROGRESS"})
        return path, f"{path}/actions/{data['actions'][0]['id']}"

    return make


def test_two_closes_one_wins(demo_admin, plan):
    for _ in range(5):
        path, action = plan()
        demo_admin("PATCH", action, {"status": "DONE"})
        answers = at_once(
            *[partial(demo_admin, "POST", f"{path}/close", {"summary": text}) for text in "ab"]
        )
        assert sorted(status for status, _ in answers) == [200, 409]
        [winner] = [body["data"] for status, body in answers if status == 200]
        assert demo_admin("GET", path)[1]["data"]["closureReport"] == winner["closureReport"]


def test_closing_while_an_action_is_added_or_reopened(demo_admin, plan):
    """Anyone who comes second is refused: a closed plan never holds an open action."""
    for _ in range(5):
        path, action = plan()
        demo_admin("PATCH", action, {"status": "DONE"})
        at_once(
            partial(demo_admin, "POST", f"{path}/close", {"summary": "Fait."}),
            partial(demo_admin, "POST", f"{path}/actions", {"description": "Encore"}),
            partial(demo_admin, "PATCH", action, {"status": "TODO"}),
        )
        data = demo_admin("GET", path)[1]["data"]
        open_actions = [one for one in data["actions"] if one["status"] != "DONE"]
        assert (data["status"] == "COMPLETED") == (not open_actions)
