"""A save that meets a record changed meanwhile: who changed what, and what was typed is kept."""

import cProfile

import pytest
from django.db.models import F
from django.utils import timezone

from actionplans.models import Action, ActionPlan
from compliance.models import Evidence, NeedsAnalysis, OrganisationProfile
from improvements.models import Complaint, ImprovementPlan
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.training.models import Company, Course, Enrollment, Questionnaire, TrainingSession
from tests.actionplans import factories as actionplans
from tests.admin_client import entered, text_of
from tests.cast import MONA
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.needs_factories import make_analysis
from tests.improvements.factories import make_action, make_complaint, make_plan
from tests.improvements.pages import page_of
from tests.pages import form_of
from tests.qualiforma.training import factories as training

# Each page that changes a record: its model, a field to type into, and what makes a record.
PAGES = [
    (ImprovementPlan, "title", make_plan),
    (Complaint, "subject", make_complaint),
    (ActionPlan, "title", actionplans.make_plan),
    (Action, "title", lambda: actionplans.make_action(actionplans.make_plan())),
    (Evidence, "title", make_evidence),
    (NeedsAnalysis, "context", make_analysis),
    (Company, "name", training.make_company),
    (Course, "title", training.make_course),
    (Enrollment, "payment_id", training.make_enrollment),
    (TrainingSession, "title", lambda: training.make_session(training.make_course())),
    (Questionnaire, "title", training.make_questionnaire),
    (User, "name", lambda: User.objects.get(pk=MONA.id)),
]


@pytest.fixture
def mona(admin_client):
    User.objects.filter(pk=MONA.id).update(role=Role.ADMIN)
    return entered(MONA)


def name_of(value):
    return value if isinstance(value, str) else value.__name__


@pytest.mark.parametrize(("model", "field", "make"), PAGES, ids=name_of)
def test_every_page_keeps_what_was_typed(admin_client, model, field, make):
    row = make()
    page = (
        f"/admin/{model._meta.label_lower.replace('.', '/')}/{row.pk.replace('_', '_5F')}/change/"
    )
    form = form_of(admin_client.get(page))
    form[field], form["touched"] = ["Ma saisie"], [field]
    model.objects.filter(pk=row.pk).update(version=F("version") + 1)
    answer = admin_client.send(page, form)
    assert (answer.status_code, "Modifié entre-temps" in text_of(answer)) == (412, True)
    again = form_of(answer)
    assert (again[field], again["touched"]) == (["Ma saisie"], [field])
    assert admin_client.send(page, again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, field) == "Ma saisie"


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
def test_a_plan_that_was_ended_meanwhile_says_so(admin_client, status):
    plan = make_plan()
    form = form_of(admin_client.get(page_of(plan)))
    form["title"], form["touched"] = ["Ma saisie"], ["title"]
    closed = {"closed_at": timezone.now(), "closed_by_id": MONA.id} if status == "COMPLETED" else {}
    plans = ImprovementPlan.objects.filter(pk=plan.pk)
    plans.update(version=F("version") + 1, status=status, **closed)
    answer = admin_client.send(page_of(plan), form)
    assert (answer.status_code, "Modifié entre-temps" in text_of(answer)) == (412, True)
    again = form_of(answer)
    assert again["title"] == ["Ma saisie"]
    assert admin_client.send(page_of(plan), again).status_code == 409


def test_who_changed_what_is_shown_and_untouched_fields_take_it(admin_client, mona):
    plan = make_plan(title="Avant", description="Avant aussi")
    mine = form_of(admin_client.get(page_of(plan)))
    theirs = form_of(mona.get(page_of(plan)))
    assert mona.send(page_of(plan), theirs | {"title": ["Le titre de Mona"]}).status_code == 302
    mine |= {"description": ["Ma description"], "touched": ["description"]}
    answer = admin_client.send(page_of(plan), mine)
    text = text_of(answer)
    assert "Mona Petit a modifié le plan" in text
    assert "Titre : Avant → Le titre de Mona" in text
    assert "Description Avant aussi Ma description" in text
    again = form_of(answer)
    assert again["title"] == ["Le titre de Mona"]
    assert admin_client.send(page_of(plan), again).status_code == 302
    plan.refresh_from_db()
    assert (plan.title, plan.description) == ("Le titre de Mona", "Ma description")


def test_only_what_happened_since_the_page_was_opened_is_shown(admin_client, mona):
    plan = make_plan()
    old = form_of(mona.get(page_of(plan)))
    mona.send(page_of(plan), old | {"title": ["Avant l’ouverture"]})
    mine = form_of(admin_client.get(page_of(plan)))
    new = form_of(mona.get(page_of(plan)))
    mona.send(page_of(plan), new | {"title": ["Après l’ouverture"]})
    mine |= {"description": ["x"], "touched": ["description"]}
    answer = admin_client.send(page_of(plan), mine)
    conflict = text_of(answer).split("Historique")[0]
    assert "Avant l’ouverture → Après l’ouverture" in conflict
    assert "→ Avant l’ouverture" not in conflict


def test_rows_of_actions_are_merged_too(admin_client, mona):
    plan = make_plan()
    first, second = make_action(plan, description="Une"), make_action(plan, description="Deux")
    mine = form_of(admin_client.get(page_of(plan)))
    theirs = form_of(mona.get(page_of(plan)))
    mona.send(page_of(plan), theirs | {"actions-0-description": ["Une, par Mona"]})
    mine |= {"actions-1-description": ["Deux, par moi"], "touched": ["actions-1-description"]}
    answer = admin_client.send(page_of(plan), mine)
    assert answer.status_code == 412
    assert admin_client.send(page_of(plan), form_of(answer)).status_code == 302
    assert [one.description for one in plan.actions.order_by("description")] == [
        "Deux, par moi",
        "Une, par Mona",
    ]
    assert {first.pk, second.pk} == {one.pk for one in plan.actions.all()}


def test_rows_that_another_added_appear_where_none_was_touched(admin_client, mona):
    plan = make_plan()
    mine = form_of(admin_client.get(page_of(plan)))
    make_action(plan, description="Venue entre-temps")
    ImprovementPlan.objects.filter(pk=plan.pk).update(version=2)
    answer = admin_client.send(page_of(plan), mine | {"title": ["Autre"], "touched": ["title"]})
    assert form_of(answer)["actions-0-description"] == ["Venue entre-temps"]
    assert admin_client.send(page_of(plan), form_of(answer)).status_code == 302
    assert plan.actions.count() == 1


def test_a_number_of_rows_that_nobody_sent_costs_nothing(admin_client):
    """Django takes any: a page would count to it, and hold a process for everybody."""
    plan = make_plan()
    mine = form_of(admin_client.get(page_of(plan))) | {"description": ["La mienne"]}
    mine |= {"actions-INITIAL_FORMS": ["2000000"], "touched": ["actions-0-description"]}
    ImprovementPlan.objects.filter(pk=plan.pk).update(version=2)
    with cProfile.Profile() as profile:
        assert admin_client.send(page_of(plan), mine).status_code == 412
    assert sum(one.callcount for one in profile.getstats()) < 2_000_000


def test_without_a_script_everything_typed_is_kept(admin_client):
    plan = make_plan(title="Avant")
    mine = form_of(admin_client.get(page_of(plan))) | {"description": ["La mienne"]}
    del mine["touched"]
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Le sien", version=2)
    answer = admin_client.send(page_of(plan), mine)
    assert form_of(answer)["title"] == ["Avant"]
    assert "Titre Le sien Avant" in text_of(answer)


def test_the_organisations_page_keeps_it_too(admin_client):
    page = "/admin/compliance/organisation/"
    profile = OrganisationProfile.objects.create(version=1, certifier="Celui d’avant")
    mine = form_of(admin_client.get(page))
    OrganisationProfile.objects.filter(pk=profile.pk).update(version=2, certifier="Celui de Mona")
    mine |= {"certificate_number": ["QF-1"], "touched": ["certificate_number"]}
    answer = admin_client.send(page, mine)
    assert (answer.status_code, form_of(answer)["certifier"]) == (412, ["Celui de Mona"])
    assert admin_client.send(page, form_of(answer)).status_code == 302
    profile.refresh_from_db()
    assert (profile.certifier, profile.certificate_number) == ("Celui de Mona", "QF-1")
