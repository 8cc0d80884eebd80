"""The action-plans family's rows of the route table.

The plan is Alice's and public; Mona is one of its action's assignees; the note is Alice's.
"""

from actionplans.states import State
from tests.actionplans.factories import make_action, make_note, make_plan
from tests.cast import ALICE, MONA, PASSWORD
from tests.rows import Row

COMPANY = "/api/v1/company"
THEIR_PLAN, THEIR_ACTION, THEIR_NOTE = "a" * 24, "b" * 24, "c" * 24
MANAGERS = (401, 200, 200, 403, 403, 403, 200)
ITS_OWN = (401, 200, 403, 403, 403, 403, 404)
COMPANY_ROWS = [
    Row(
        "POST",
        "company-session",
        f"{COMPANY}/session",
        (200,) * 6 + (401,),  # whatever else the caller bears, these are Alice's credentials
        body={"email": ALICE.email, "password": PASSWORD},
        public=True,
    ),
    Row("GET", "company-session", f"{COMPANY}/session", MANAGERS),
    Row("DELETE", "company-session", f"{COMPANY}/session", (401, 204, 204, 403, 403, 403, 204)),
    Row("GET", "action-plan-list", f"{COMPANY}/action-plans", MANAGERS),
    Row(
        "POST",
        "action-plan-list",
        f"{COMPANY}/action-plans",
        MANAGERS,
        body={"title": "Accueil"},
    ),
    Row(
        "GET",
        "action-plan-detail",
        f"{COMPANY}/action-plans/{THEIR_PLAN}",
        (401, 200, 200, 403, 403, 403, 404),
    ),
    Row(
        "PATCH",
        "action-plan-detail",
        f"{COMPANY}/action-plans/{THEIR_PLAN}",
        ITS_OWN,
        body={"title": "Autre"},
    ),
    Row(
        "DELETE",
        "action-plan-detail",
        f"{COMPANY}/action-plans/{THEIR_PLAN}",
        (401, 204, 403, 403, 403, 403, 404),
    ),
    Row(
        "POST",
        "action-plan-excel",
        f"{COMPANY}/action-plans/{THEIR_PLAN}/excel",
        (401, 200, 200, 403, 403, 403, 404),
    ),
    Row("GET", "action-list", f"{COMPANY}/actions", MANAGERS),
    Row(
        "POST",
        "action-list",
        f"{COMPANY}/actions",
        (401, 200, 403, 403, 403, 403, 400),
        body={"planId": THEIR_PLAN, "title": "Relancer"},
    ),
    Row(
        "GET",
        "action-detail",
        f"{COMPANY}/actions/{THEIR_ACTION}",
        (401, 200, 200, 403, 403, 403, 404),
    ),
    Row(
        "PATCH",
        "action-detail",
        f"{COMPANY}/actions/{THEIR_ACTION}",
        ITS_OWN,
        body={"title": "Autre"},
    ),
    Row(
        "DELETE",
        "action-detail",
        f"{COMPANY}/actions/{THEIR_ACTION}",
        (401, 204, 403, 403, 403, 403, 404),
    ),
    Row(
        "PATCH",
        "action-status",
        f"{COMPANY}/actions/{THEIR_ACTION}/status",
        (401, 200, 200, 403, 403, 403, 404),
        body={"status": "COMPLETED"},
    ),
    Row(
        "GET",
        "note-list",
        f"{COMPANY}/actions/{THEIR_ACTION}/notes",
        (401, 200, 200, 403, 403, 403, 404),
    ),
    Row(
        "POST",
        "note-list",
        f"{COMPANY}/actions/{THEIR_ACTION}/notes",
        (401, 200, 200, 403, 403, 403, 404),
        body={"text": "Fait."},
    ),
    Row(
        "PATCH",
        "note-detail",
        f"{COMPANY}/actions/{THEIR_ACTION}/notes/{THEIR_NOTE}",
        (401, 200, 403, 403, 403, 403, 404),
        body={"text": "Refait."},
    ),
    Row(
        "DELETE",
        "note-detail",
        f"{COMPANY}/actions/{THEIR_ACTION}/notes/{THEIR_NOTE}",
        (401, 204, 403, 403, 403, 403, 404),
    ),
    Row("GET", "hierarchy", f"{COMPANY}/hierarchy", MANAGERS),
    Row("GET", "group-list", f"{COMPANY}/groups", MANAGERS),
    Row("GET", "manager-list", f"{COMPANY}/managers", MANAGERS),
]


def make_their_company_plan():
    plan = make_plan(id=THEIR_PLAN, visibility="PUBLIC")
    parts = {ALICE.id: State.PENDING, MONA.id: State.PENDING}
    action = make_action(plan, parts, id=THEIR_ACTION)
    make_note(action, id=THEIR_NOTE)
