"""The back-office takes no text that the API refuses as unreadable."""

from importlib import import_module
from pathlib import Path

import pytest
from django import forms

from actionplans.models import Note
from actionplans.states import State
from compliance.models import AdaptivePath, NeedsAnalysis, PathAssignment
from improvements.states import ActionStatus, PlanStatus
from qualiforma.admin.readable import ReadableForm
from tests.actionplans.factories import make_action as make_plan_action
from tests.actionplans.factories import make_plan as make_action_plan
from tests.admin_client import entered, text_of
from tests.cast import BOB, MONA
from tests.compliance.paths_factories import make_path
from tests.improvements.factories import make_action, make_plan
from tests.qualiforma.training.factories import make_company, make_course

# What is typed there is looked for, or held to be a host name; nothing of it is kept as it is.
KEPT_BY_NO_ONE = {"AuditFilterForm", "LoginForm", "NewDomainForm"}
UNREADABLE = ["\u200b", "\u2800", "une\x07cloche"]


@pytest.mark.parametrize("text", UNREADABLE, ids=ascii)
def test_neither_in_a_field_nor_in_a_list_nor_in_a_move(admin_client, text):
    make_path(id="pth_one")
    course, company = make_course(), make_company()
    module = {"course_id": course.pk, "order": 1, "unlock_condition": "COMPLETION"}
    rows = {f"modules-0-{name}": value for name, value in module.items()}
    count = {"modules-TOTAL_FORMS": 1, "modules-INITIAL_FORMS": 0}
    need = {"company": company.pk, "objectives": f"Excel\n{text}", "current_level": "BEGINNER",
            "target_level": "ADVANCED", "context": "c", "status": "DRAFT"}  # fmt: skip
    pages = {
        "adaptivepath/add/": {"name": text, "target_audience": "BEGINNER", **rows, **count},
        "adaptivepath/pth_5Fone/assign/": {"user_id": BOB.id, "rationale": text},
        "needsanalysis/add/": need,
    }
    for page, body in pages.items():
        answer = admin_client.send(f"/admin/compliance/{page}", body)
        assert answer.status_code == (400 if page.endswith("assign/") else 200), page
        said = text_of(answer)
        assert "contrôle" in said or "ne peut être vide" in said, page
    kept = (AdaptivePath, PathAssignment, NeedsAnalysis)
    assert [one.objects.count() for one in kept] == [1, 0, 0]


def test_several_lines_are_readable(admin_client):
    page = "/admin/compliance/adaptivepath/pth_5Fone/assign/"
    make_path(id="pth_one")
    body = {"user_id": BOB.id, "rationale": "Débute.\r\n\tReporting RH d’ici l’été."}
    assert admin_client.send(page, body).status_code == 302


def own_forms(kind=forms.BaseForm):
    """Yield each form of ours."""
    for one in kind.__subclasses__():
        if one.__module__.split(".")[0] in {
            *("qualiforma", "improvements"),
            *("compliance", "actionplans"),
        }:
            yield one
        yield from own_forms(one)


def takes_text(form):
    hidden = (forms.PasswordInput, forms.HiddenInput)
    return any(
        type(field) is forms.CharField and not isinstance(field.widget, hidden)
        for field in getattr(form, "base_fields", {}).values()
    )


def test_every_form_that_takes_a_text_is_readable(admin_client):
    for path in Path().glob("[qica]*/**/*.py"):  # forms that nothing has imported yet
        if "forms.Form)" in path.read_text() and "migrations" not in path.parts:
            import_module(".".join(path.with_suffix("").parts))
    found = {one for one in own_forms() if takes_text(one)}
    assert len(found) > 10
    unreadable = {one.__name__ for one in found if not issubclass(one, ReadableForm)}
    assert unreadable == KEPT_BY_NO_ONE


@pytest.mark.parametrize("text", UNREADABLE, ids=ascii)
def test_nor_in_what_was_done(acme, text):
    action = make_plan_action(make_action_plan(), {MONA.id: State.PENDING})
    page = f"/admin/me/ACTION_PLAN/{action.pk}/"
    answer = entered(MONA).send(page, {"text": text})
    assert answer.status_code == 400
    assert not Note.objects.filter(action=action).exists()


def test_nor_in_the_reason_that_a_list_asks_for(admin_client):
    action = make_action(make_plan(status=PlanStatus.IN_PROGRESS))
    for text in (*UNREADABLE, "x" * 2001):
        body = {"status": "CANCELLED", "reason": text}
        answer = admin_client.send(f"/admin/improvements/correctiveaction/{action.pk}/state/", body)
        assert (answer.status_code, "said" in answer.json()) == (400, True)
    action.refresh_from_db()
    assert (action.status, action.reason) == (ActionStatus.TODO, "")
