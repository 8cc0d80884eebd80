"""Action plans and their actions as files: taken by the services, or refused."""

import pytest

from actionplans.models import Action, ActionPlan
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training.importing.importer import SYSTEM_ACTOR, Mode
from qualiforma.training.importing.kinds import KINDS
from tests.actionplans.factories import make_action, make_area, make_group, make_plan
from tests.admin_client import text_of
from tests.cast import ALICE, BOB, MONA
from tests.qualiforma.training.sheets import counts, csv_file, imported

pytestmark = pytest.mark.django_db
HEAD = "Plan;Action;Responsables;Statut;Pour le;Axes;Noms des périmètres;Groupe"
ROW = f"mieux accueillir;Livret;{ALICE.email}, {MONA.email};;31/12/2026;Score : Accueil (s1);siège;formateurs"


def taken(folder, head, *lines, kind="plan-actions", mode=Mode.ALL):
    outcome, refusals = imported(kind, csv_file(folder, head, *lines), mode)
    return counts(outcome), [(one.column, one.reason) for one in refusals]


@pytest.fixture
def plan(acme):
    make_area()
    make_group()
    return make_plan()


def states(action):
    return dict(action.assignments.order_by("position").values_list("user_id", "base_status"))


def test_plans_are_identified_by_title(acme, tmp_path):
    lines = ("Titre;Visibilité", "Accueil;Public")
    assert taken(tmp_path, *lines, kind="action-plans") == ((1, 0, 0, 0), [])
    assert taken(tmp_path, "Titre;Visibilité", "accueil;Public", kind="action-plans")[0] == (0, 1, 0, 0)  # fmt: skip
    plan = ActionPlan.objects.get()
    assert (plan.title, plan.visibility, plan.created_by_id) == ("accueil", "PUBLIC", ALICE.id)


def test_an_action_comes_with_all_that_it_names(plan, tmp_path):
    assert taken(tmp_path, HEAD, ROW) == ((1, 0, 0, 0), [])
    action = Action.objects.get()
    assert states(action) == {ALICE.id: "PENDING", MONA.id: "PENDING"}
    focus = action.focus_items.get()
    assert (focus.focus_type, focus.focus_id, focus.label) == ("SCORE", "s1", "Accueil")
    assert (action.area_links.count(), action.group_links.count()) == (1, 1)
    assert taken(tmp_path, HEAD, ROW) == ((0, 0, 1, 0), [])


def test_a_status_is_everybodys_or_each_ones(plan, tmp_path):
    row = ROW.replace(";;", ";Terminée;", 1)
    assert taken(tmp_path, HEAD, row) == ((1, 0, 0, 0), [])
    action = Action.objects.get()
    assert set(states(action).values()) == {"COMPLETED"}
    each = f"{ALICE.email} : Terminée\n{MONA.email} : En cours"
    row = ROW.replace(";;", f';"{each}";', 1)
    assert taken(tmp_path, HEAD, row) == ((0, 1, 0, 0), [])
    assert states(action) == {ALICE.id: "COMPLETED", MONA.id: "IN_PROGRESS"}
    assert taken(tmp_path, HEAD, row) == ((0, 0, 1, 0), [])


REFUSED = {
    "of no plan": (ROW.replace("mieux accueillir", "Mieux acueillir"), "Plan"),
    "of a learner": (ROW.replace(MONA.email, BOB.email), "Responsables"),
    "twice": (ROW.replace(MONA.email, ALICE.email), "Responsables"),
    "no score": (ROW.replace("Score : Accueil (s1)", "Score"), "Axes"),
    "no focus": (ROW.replace("Score : Accueil (s1)", "Rumeur : x"), "Axes"),
    "no area": (ROW.replace("siège", "Annexe"), "Noms des périmètres"),
    "no status": (ROW.replace(";;", ";Bof;", 1), "Statut"),
    "of somebody else": (ROW.replace(";;", f";{BOB.email} : En cours;", 1), "Statut"),
    "long": (ROW.replace("Livret", "x" * 256), "Action"),
}


@pytest.mark.parametrize(("line", "column"), REFUSED.values(), ids=REFUSED)
def test_a_refused_action_names_its_column_and_leaves_nothing(plan, tmp_path, line, column):
    found, refusals = taken(tmp_path, HEAD, line)
    assert (found, [one for one, _reason in refusals]) == ((0, 0, 0, 1), [column])
    assert not Action.objects.exists()


def test_a_trial_writes_nothing_and_shows_names(plan, tmp_path):
    outcome, _refusals = imported("plan-actions", csv_file(tmp_path, HEAD, ROW), Mode.DRY_RUN)
    assert counts(outcome) == (1, 0, 0, 0)
    assert not Action.objects.exists()
    shown = {one["heading"]: one["value"] for one in outcome.shown["rows"][0]["values"]}
    assert shown["Responsables"] == f"{ALICE.name}, {MONA.name}"
    assert (shown["Axes"], shown["Groupe"]) == ("Score : Accueil (s1)", "Formateurs")


def test_in_nobodys_name_somebody_is_named(plan):
    given = {"plan": plan.pk, "title": "Livret"}
    with pytest.raises(Exception, match="Une valeur est attendue"):
        KINDS["plan-actions"].create(given, SYSTEM_ACTOR)
    action = KINDS["plan-actions"].create(given | {"assignees": [MONA.id]}, SYSTEM_ACTOR)
    assert states(action) == {MONA.id: "PENDING"}


@pytest.mark.parametrize("name", ["action-plans", "plan-actions"])
def test_who_may_what(name):
    kind, actors = KINDS[name], [Actor(id="usr_any", name="Any", role=one) for one in Role]
    assert {one.role for one in actors if kind.may_import(one)} == {"ADMIN"}
    assert {one.role for one in actors if kind.may_export(one)} == {"ADMIN", "AUDITOR"}


def test_each_list_leads_to_import_and_export(plan, admin_client):
    make_action(plan)
    for name in ("actionplan", "action"):
        words = text_of(admin_client.get(f"/admin/actionplans/{name}/"))
        assert "Importer" in words
        assert "Exporter" in words
    assert "Actions par statut" in words  # the list's own button stays
