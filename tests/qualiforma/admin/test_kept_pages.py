"""Pages that are asked for again: kept as text while each of their statements finds the same, for one session alone."""

import re
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
import time_machine
from django.contrib import messages
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import DataError, OperationalError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils import timezone

from improvements.models import ImprovementPlan
from qualiforma.accounts.models import User
from qualiforma.admin import kept_pages
from qualiforma.admin.kept_pages import MOST_BYTES, Page, Pages, Step, kept
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests.admin_client import entered
from tests.cast import ALICE, AUDREY, CHARLIE, TWIN
from tests.improvements.factories import make_complaint, make_plan, make_risk
from tests.improvements.pages import LIST, fields_of, page_of

HOME = "/admin/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    """Keep pages as the server does; elsewhere in the suite none is kept."""
    monkeypatch.setattr(kept_pages, "pages", Pages())
    return kept_pages.pages


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(timezone.localtime().replace(hour=12, second=5), tick=False) as clock:
        yield clock


def text(answer):
    assert answer.status_code == 200, answer.content
    return TOKEN.sub("", answer.content.decode())


def headers(answer):
    of_call = {"X-Request-ID", "Server-Timing"}
    return {name: value for name, value in answer.headers.items() if name not in of_call}


def is_made(answer):
    """Whether the page was rendered in this call."""
    return answer.context is not None


def anew(client, path, pages):
    """The page as it is without what is kept."""
    kept_before = dict(pages._pages)
    pages._pages.clear()
    answer = client.get(path)
    pages._pages.update(kept_before)
    assert is_made(answer)
    return text(answer)


@pytest.mark.parametrize("path", [HOME, LIST])  # the others: `test_kept_every_page.py`
def test_a_page_asked_for_again_is_the_same(admin_client, pages, path):
    make_plan(actions=[{}])
    make_complaint()
    first, again = admin_client.get(path), admin_client.get(path)
    assert is_made(first)
    assert not is_made(again)
    assert text(first) == text(again) == anew(admin_client, path, pages)
    assert headers(first) == headers(again)


def test_so_is_a_record(admin_client, pages):
    for path in (page_of(make_plan(actions=[{}, {}])), page_of(make_plan(status="COMPLETED"))):
        first, again = admin_client.get(path), admin_client.get(path)
        assert (is_made(first), is_made(again)) == (True, False)
        assert text(first) == text(again) == anew(admin_client, path, pages)


@pytest.mark.parametrize("make", [make_plan, make_complaint, make_risk])
def test_a_change_is_shown_at_once(admin_client, pages, make):
    row = make()
    column = "subject" if hasattr(row, "subject") else "title"
    of_list = f"/admin/improvements/{row._meta.model_name}/"
    for path in (of_list, admin_client.get(of_list).context["cl"].url_for_result(row)):
        admin_client.get(path)
        type(row).objects.update(**{column: f"Changé {len(path)}"})
        changed = admin_client.get(path)
        assert f"Changé {len(path)}" in text(changed)
        assert not is_made(admin_client.get(path))


def test_rows_that_come_and_go_are_shown_at_once(admin_client):
    admin_client.get(LIST)
    plan = make_plan(title="Plan qui vient")
    assert "Plan qui vient" in text(admin_client.get(LIST))
    ImprovementPlan.objects.filter(pk=plan.pk).update(deleted_at=timezone.now())
    assert "Plan qui vient" not in text(admin_client.get(LIST))


def test_each_session_has_its_own(acme, globex, pages):
    with tenant_context(globex):
        make_plan(title="Plan de globex", owner_id=CHARLIE.id)
    make_plan(title="Plan d’acme")
    clients = [entered(one) for one in (ALICE, ALICE, AUDREY, TWIN, CHARLIE)]
    clients.append(entered(ALICE, language="en"))
    for client in clients:
        answer = client.get(LIST)
        assert is_made(answer)
        assert text(answer) == text(client.get(LIST)) == anew(client, LIST, pages)
    assert len(pages._pages) == len(clients)
    shown = [text(client.get(LIST)) for client in clients]
    assert ["Plan de globex" in one for one in shown] == [False, False, False, True, True, False]


@pytest.mark.parametrize("change", [{"role": "LEARNER"}, {"is_active": False}, {"token_generation": 9}])  # fmt: skip
def test_who_may_no_longer_see_it_does_not(admin_client, change):
    assert admin_client.get(LIST).status_code == admin_client.get(LIST).status_code == 200
    User.objects.filter(pk=ALICE.id).update(**change)
    assert admin_client.get(LIST).status_code in {302, 403}


def test_a_role_counts_at_once(admin_client):
    assert "improvementplan/add/" in text(admin_client.get(LIST))
    User.objects.filter(pk=ALICE.id).update(role="AUDITOR")
    assert "improvementplan/add/" not in text(admin_client.get(LIST))


def test_a_minute_later_it_is_made_anew(admin_client, noon):
    admin_client.get(HOME)
    noon.shift(timedelta(seconds=50))
    assert not is_made(admin_client.get(HOME))
    noon.shift(timedelta(seconds=10))
    assert is_made(admin_client.get(HOME))


def test_a_form_has_the_token_of_its_request(admin_client):
    plan = make_plan()
    first, again = (TOKEN.findall(admin_client.get(page_of(plan)).content.decode()) for _ in "ab")
    assert len(set(again)) == 1
    assert set(first) != set(again)
    sent = fields_of(plan, title="Nouveau titre") | {"csrfmiddlewaretoken": again[0]}
    assert admin_client.post(page_of(plan), sent).status_code == 302
    plan.refresh_from_db()
    assert plan.title == "Nouveau titre"


def test_a_message_is_shown_once(admin_client):
    plan = make_plan()
    admin_client.get(page_of(plan))
    admin_client.send(page_of(plan), fields_of(plan, title="Nouveau titre") | {"_continue": "1"})
    told = [list(admin_client.get(page_of(plan)).context["messages"]) for _ in range(2)]
    assert [len(one) for one in told] == [1, 0]
    assert not is_made(admin_client.get(page_of(plan)))


def test_a_browser_that_lost_its_token_gets_one(admin_client):
    plan = make_plan()
    admin_client.get(page_of(plan))
    del admin_client.cookies["csrftoken"]
    again = admin_client.get(page_of(plan))
    assert not is_made(again)
    token = TOKEN.findall(again.content.decode())[0]
    sent = fields_of(plan, title="Nouveau titre") | {"csrfmiddlewaretoken": token}
    assert admin_client.post(page_of(plan), sent).status_code == 302


def test_the_next_person_at_a_browser_has_other_pages(admin_client):
    assert ALICE.name in text(admin_client.get(HOME))
    admin_client.send("/admin/logout/")
    assert admin_client.get(HOME).status_code == 302
    admin_client.log_in(AUDREY)
    page = admin_client.get(HOME)
    assert is_made(page)
    assert AUDREY.name in text(page)


def request_of(session=None, method="get", path="/admin/"):
    request = getattr(RequestFactory(), method)(path)
    request.user = User(pk=ALICE.id)
    request.session = SessionStore("one")
    request.session._session_cache = session or {}
    request._messages = SessionStorage(request)
    connection.cursor().close()  # opens the schema, as a request does before its view
    return request


def view_of(statement="SELECT 1", values=None, **answer):
    """A view that runs a statement, and how often it was called."""

    def made(_request):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        return HttpResponse(**{"content": "Une page", **answer})

    return counted(made)


def counted(made):
    """The view, whose pages are kept, and how often it was called."""
    calls = []

    @kept
    def view(request):
        calls.append(request)
        return made(request)

    return view, calls


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("SET LOCAL work_mem = '4MB'", {}),
        ("SELECT set_config('qualiforma.door', 'x', true)", {}),
        ("SELECT 1 FOR UPDATE", {}),
        ("WITH gone AS (DELETE FROM accounts_user WHERE false RETURNING 1) SELECT 1", {}),
        ("SELECT 1", {"status": 404}),
        ("SELECT 1", {"content_type": "application/json"}),
    ],
)
def test_what_is_not_kept(acme, pages, statement, answer):
    view, calls = view_of(statement, **answer)
    view(request_of())
    view(request_of())
    assert len(calls) == 2
    assert not pages._pages


@pytest.mark.parametrize("request_", [{"method": "post"}, {"session": {"_messages": "[]"}}])
def test_requests_whose_page_is_not_kept(acme, pages, request_):
    view, calls = view_of()
    view(request_of(**request_))
    view(request_of(**request_))
    assert len(calls) == 2
    assert not pages._pages


def test_nothing_is_kept_on_the_platform(acme, pages):
    view, _calls = view_of()
    leave_tenant()
    view(request_of())
    assert not pages._pages


def test_several_results_of_one_statement_are_compared(acme, pages):
    view, calls = view_of("SELECT 1; SELECT count(*) FROM improvements_improvementplan")
    view(request_of())
    view(request_of())
    assert len(calls) == 1
    make_plan()
    view(request_of())
    assert len(calls) == 2


def outside(monkeypatch, cursor):
    """The connection as the server has it at a page: in no transaction."""
    found = SimpleNamespace(cursor=cursor, prepares=False, in_atomic_block=False)
    monkeypatch.setattr(kept_pages, "connection", found)


def test_a_statement_that_no_longer_runs_is_a_page_made_anew(acme, pages, monkeypatch):
    view, _calls = view_of()
    view(request_of())
    [(key, (page, _size))] = pages._pages.items()
    gone = Step("SELECT gone FROM nowhere", values=None, is_prepared=False, found=b"")
    pages.keep(key, Page(page.made_for, [gone], page.parts, page.headers))
    outside(monkeypatch, connection.cursor)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT here")
        assert not pages.find(key).is_as_it_was()
        cursor.execute("ROLLBACK TO SAVEPOINT here")


def test_a_database_that_is_away_is_not_asked_twice(acme, pages, monkeypatch):
    view, calls = view_of()
    view(request_of())
    outside(monkeypatch, mock.Mock(side_effect=OperationalError))
    with pytest.raises(OperationalError):
        view(request_of())
    assert len(calls) == 1


def test_values_that_python_takes_for_equal_are_told_apart(acme, pages):
    view, calls = view_of("SELECT current_setting('tests.value')::json")
    for value in ("1", "true", "1.0"):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tests.value = %s", [value])
        view(request_of())
        view(request_of())
    assert len(calls) == 3


def test_what_was_read_in_another_schema_is_not_compared_in_this_one(acme, globex, pages):
    def made(_request):
        with tenant_context(globex), kept_pages.connection.prepared_cursor() as cursor:
            cursor.execute("SELECT count(*) FROM improvements_improvementplan")
            return HttpResponse(f"{cursor.fetchone()[0]} plans")

    view, calls = counted(made)
    view(request_of())
    view(request_of())
    assert len(calls) == 2


def test_a_statement_that_failed_is_not_left_out(acme, pages):
    def made(_request):
        with connection.cursor() as cursor, suppress(DataError):
            cursor.execute("SELECT 1 / (SELECT 0)")
        return HttpResponse("Rien")

    view, calls = counted(made)
    for _ in "ab":
        point = transaction.savepoint()
        view(request_of())
        transaction.savepoint_rollback(point)
    assert len(calls) == 2


def test_what_is_asked_by_the_present_moment_is_asked_anew(acme, pages):
    now = timezone.now()
    for moment, called in ((now, 2), (now.replace(second=0, microsecond=0), 1)):
        view, calls = view_of("SELECT %s::timestamptz < now()", [moment])
        view(request_of())
        view(request_of())
        assert len(calls) == called
        pages._pages.clear()


def test_a_message_that_a_view_leaves_is_left_each_time(acme, pages):
    def made(request):
        messages.info(request, "À lire")
        return HttpResponse("Une page")

    view, calls = counted(made)
    view(request_of())
    view(request_of())
    assert len(calls) == 2


def test_a_page_in_pieces_is_passed_on(acme, pages):
    view, _calls = counted(lambda _request: StreamingHttpResponse(["Une ", "page"]))
    assert view(request_of()).getvalue() == b"Une page"
    assert not pages._pages


def test_another_way_to_write_an_address_is_another_page(acme, pages):
    view, calls = view_of()
    view(request_of(path="/admin/a/change/"))
    view(request_of(path="/admin/b/../a/change/"))
    assert len(calls) == 2


def test_statements_count_among_the_bytes():
    page = Page(None, [], [b"x" * 1000], {})
    step = Step("SELECT 1" * 1000, ("imp_a1b2c3",) * 100, is_prepared=False, found=b"x" * 32)
    assert Page(None, [step], page.parts, {}).size > page.size + 8000 + 100 * len("imp_a1b2c3")


def test_no_more_is_kept_than_fits():
    pages = Pages(most_bytes=10_000)
    for at in range(50):
        pages.keep(at, Page(None, [], [b"x" * 1000], {}))
    assert pages.bytes <= 10_000
    assert list(pages._pages) == list(range(50 - len(pages._pages), 50))
    oldest, second, *_ = pages._pages
    pages.find(oldest)
    pages.keep("new", Page(None, [], [b"x" * 1000], {}))
    assert oldest in pages._pages
    assert second not in pages._pages
    pages.keep("huge", Page(None, [], [b"x" * MOST_BYTES], {}))
    assert (pages.bytes, len(pages._pages)) == (0, 0)
