"""Lists and records whose SQL is written once: Django's own rows, at each call as they are then."""

from unittest import mock

import pytest
from django.contrib.admin.utils import quote
from django.db.models import Model
from unfold.views import ChangeList

from improvements.models import ImprovementPlan
from qualiforma.admin.records import RecordAdmin
from qualiforma.admin.rows import _kept, _OnDemand
from tests.admin_client import entered
from tests.cast import ALICE, AUDREY, MONA, TWIN
from tests.improvements.factories import make_complaint, make_plan, make_risk
from tests.improvements.pages import LIST, page_of

LISTS = (
    *("improvements/improvementplan/", "improvements/complaint/", "improvements/risk/"),
    *("improvements/correctiveaction/", "improvements/complainttheme/", "accounts/user/"),
    *("compliance/evidence/", "compliance/needsanalysis/", "compliance/adaptivepath/"),
    *("compliance/audit/", "compliance/finding/", "actionplans/actionplan/", "actionplans/action/"),
    *("training/course/", "training/enrollment/", "training/trainingsession/"),
)


def values_of(row):
    """What a row holds, and the rows that were read with it."""
    found = {name: value for name, value in vars(row).items() if name != "_state"}
    joined = {
        name: value and values_of(value)
        for name, value in row._state.fields_cache.items()
        if value is None or isinstance(value, Model)
    }
    return found | {"joined": joined}


def shown(client, path):
    page = client.get(f"/admin/{path}")
    if page.status_code != 200:
        return page.status_code
    cl = page.context["cl"]
    rows = [values_of(row) for row in cl.result_list]
    return rows, cl.result_count, cl.multi_page, cl.can_show_all, cl.paginator.num_pages


@pytest.mark.parametrize("person", [ALICE, AUDREY, MONA], ids=lambda one: one.role)
@pytest.mark.parametrize("path", LISTS)
def test_lists_show_what_django_would(acme, path, person):
    make_plan(title="Un plan", owner_id=MONA.id)
    make_complaint()
    make_risk()
    client = entered(person)
    with mock.patch.object(RecordAdmin, "get_changelist", return_value=ChangeList):
        django_has = shown(client, path)
    assert shown(client, path) == django_has
    assert shown(client, path) == django_has  # by the statement that is known by now


@pytest.mark.parametrize("address", ["?p=2", "?p=2&o=2", "?o=-2.1", "?p=9"])
def test_pages_and_orders_are_djangos(admin_client, address):
    for number in range(30):
        make_plan(title=f"Plan {number % 7}")
    path = f"improvements/improvementplan/{address}"
    with mock.patch.object(RecordAdmin, "get_changelist", return_value=ChangeList):
        django_has = shown(admin_client, path)
    assert [shown(admin_client, path) for _ in range(2)] == [django_has] * 2


def test_a_known_list_builds_no_queryset_and_shows_what_was_written_since(admin_client):
    make_plan(title="Le premier")
    admin_client.get(LIST)
    plan = make_plan(title="Le second")
    with mock.patch.object(_OnDemand, "get_queryset", autospec=True) as asked:
        asked.side_effect = lambda *_given: None
        page = admin_client.get(LIST).content.decode()
    assert "Le second" in page
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Le dernier")
    assert "Le dernier" in admin_client.get(LIST).content.decode()


def test_people_and_organisations_by_turns_see_their_own(acme, globex):
    """The statement is one for all people of a role, and for all organisations."""
    from qualiforma.tenants.context import tenant_context

    with tenant_context(acme):
        ours = make_plan(title="Plan d’acme", owner_id=ALICE.id)
    with tenant_context(globex):
        theirs = make_plan(title="Plan de globex", owner_id=TWIN.id, id=f"{ours.pk}x")
    for _ in range(2):
        for person, own, other in ((ALICE, ours, theirs), (TWIN, theirs, ours)):
            client = entered(person)
            page = client.get(LIST).content.decode()
            assert own.title in page
            assert other.title not in page
            assert client.get(page_of(own)).status_code == 200
            assert client.get(page_of(other)).status_code == 302


def test_a_record_is_found_as_django_finds_it(admin_client):
    plan = make_plan(title="À lire", id="un\"<b>&é'%s")
    for _ in range(2):
        page = admin_client.get(page_of(plan))
        assert page.context["original"].title == "À lire"
        assert admin_client.get(f"{LIST}{quote('imp_none')}/change/").status_code == 302
    ImprovementPlan.objects.filter(pk=plan.pk).update(title="Relu")
    assert admin_client.get(page_of(plan)).context["original"].title == "Relu"
    assert any(shape[0] == "one" and known for shape, known in _kept.items())
