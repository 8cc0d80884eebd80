"""A database that is killed, restarting or too busy answers 503, whoever raised it and wherever."""

import json
import logging

import psycopg
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import BadRequest
from django.db import DatabaseError, Error, InterfaceError, InternalError, OperationalError
from django.db.utils import ProgrammingError
from procrastinate.exceptions import ConnectorException
from psycopg import errors as states

from qualiforma import logs
from qualiforma.api.errors import as_rule_error
from qualiforma.api.problems import problem_headers, status_of
from qualiforma.tenants.models import Tenant
from tests.admin_client import AdminClient, entered, text_of
from tests.cast import ALICE, Client

AWAY = "DATABASE_UNAVAILABLE"


def raised(error, cause=None, context=None):
    error.__cause__, error.__context__ = cause, context
    return error


CASES = {
    "no connection": (OperationalError("connection refused"), AWAY),
    "closed": (InterfaceError("connection already closed"), AWAY),
    "libpq's own word": (DatabaseError("server closed the connection unexpectedly"), AWAY),
    "told to end": (raised(OperationalError(), states.AdminShutdown()), AWAY),
    "another crashed": (raised(OperationalError(), states.CrashShutdown()), AWAY),
    "starting": (raised(OperationalError(), states.CannotConnectNow()), AWAY),
    "no room": (raised(OperationalError(), states.TooManyConnections()), AWAY),
    "reads only": (raised(InternalError(), states.ReadOnlySqlTransaction()), AWAY),
    "the driver's own": (psycopg.OperationalError("the connection is lost"), AWAY),
    "the driver's own, closed": (psycopg.InterfaceError("the connection is closed"), AWAY),
    "the driver's base": (psycopg.DatabaseError("server closed the connection"), AWAY),
    "the queue's": (raised(ConnectorException(), states.AdminShutdown()), AWAY),
    "the session's": (raised(BadRequest(), context=OperationalError()), AWAY),
    "a new connection": (raised(ProgrammingError("atomic"), context=OperationalError()), AWAY),
    "a statement": (raised(OperationalError(), states.QueryCanceled()), "TIMEOUT"),
    "a lock": (raised(OperationalError(), states.LockNotAvailable()), "TIMEOUT"),
    "a pause": (raised(InternalError(), states.IdleInTransactionSessionTimeout()), "TIMEOUT"),
    "a lock, in the queue": (raised(ConnectorException(), states.LockNotAvailable()), "TIMEOUT"),
    "our statement": (raised(ProgrammingError(), states.UndefinedTable()), "INTERNAL_ERROR"),
    "our value": (raised(DatabaseError(), states.NumericValueOutOfRange()), "INTERNAL_ERROR"),
}


@pytest.mark.parametrize(("error", "code"), CASES.values(), ids=CASES)
def test_each_kind_of_error(error, code):
    found = as_rule_error(error)
    assert found.code == code
    assert status_of(found) == (500 if code == "INTERNAL_ERROR" else 503)
    assert ("Retry-After" in problem_headers(found)) == (code != "INTERNAL_ERROR")


def test_a_chain_that_leads_back_to_itself():
    first, second = ValueError(), ValueError()
    first.__context__, second.__context__ = second, first
    assert as_rule_error(first).code == "INTERNAL_ERROR"


@pytest.mark.parametrize(("error", "code"), CASES.values(), ids=CASES)
def test_no_outage_is_logged_as_our_fault(error, code):
    found = (type(error), error, None)
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s", ("/x",), found)
    line = json.loads(logs.formatter("json", values=False).format(record))
    assert (line["event"] == "Unhandled fault") == (code == "INTERNAL_ERROR")


def fails(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def assert_away(answer):
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError, Error])
def test_while_the_tenant_is_looked_for(acme, monkeypatch, error):
    expected = 500 if error is Error else 503  # the family's root says nothing
    monkeypatch.setattr("qualiforma.api.tenant_middleware.active_tenant", fails(error()))
    answer = Client("acme").get("/api/v1/improvement-plans")
    assert answer.status_code == expected
    if expected == 503:
        assert_away(answer)


def lost_session(*args, **kwargs):
    """As Django's own store does it, which a middleware then turns into a bad request."""
    try:
        raise OperationalError
    except DatabaseError as error:
        raise UpdateError from error


@pytest.mark.parametrize("save", [fails(OperationalError()), lost_session], ids=["raw", "wrapped"])
def test_while_a_session_is_saved(acme, monkeypatch, save):
    admin_client = entered(ALICE)
    monkeypatch.setattr(SessionStore, "save", save)
    # The language is kept nowhere, the message of a changed password in the session.
    body = {"current_password": "correct-horse-battery", "new_password": "une autre phrase"}
    answer = admin_client.send("/admin/password_change/", {**body, "again": "une autre phrase"})
    assert_away(answer)
    assert "Base de données momentanément indisponible" in text_of(answer)


def test_before_a_page_says_where_it_comes_from(acme, monkeypatch):
    monkeypatch.setattr("qualiforma.admin.middleware.using_source", fails(OperationalError()))
    answer = AdminClient().get("/admin/login/")
    assert_away(answer)
    assert answer["Content-Type"].startswith("text/html")


def test_the_host_of_a_page(acme, monkeypatch):
    monkeypatch.setattr(Tenant.objects, "filter", fails(InterfaceError()))
    assert_away(AdminClient("elsewhere.localhost").get("/admin/login/"))
