"""The statement of a page is kept for all people of a role and all organisations: it may say nothing of one of them."""

import pytest
import time_machine
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.admin.records import RecordAdmin
from qualiforma.admin.rows import CALLER, KEY, shape_of
from qualiforma.admin.site import site
from qualiforma.lookups import RowStatement
from qualiforma.tenants.context import tenant_context

PAGES = [one for one in site._registry.values() if isinstance(one, RecordAdmin)]


def made(admin, user):
    """What the page's statement is kept by, its text, and what was read for it."""
    request = RequestFactory().get("/")
    request.user = user
    try:
        with CaptureQueriesContext(connection) as read:
            rows = admin.get_queryset(request).filter(pk=KEY)
        statement = RowStatement(rows, {user.pk: CALLER, KEY: KEY})
    except (TypeError, ValueError, EmptyResultSet):
        return None
    return shape_of(admin, request), statement.text, [one["sql"] for one in read]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("admin", PAGES, ids=lambda one: one.model.__name__)
def test_it_is_the_same_for_everybody(acme, globex, admin, role):
    noon = timezone.localtime().replace(hour=12)
    with time_machine.travel(noon, tick=False):
        first = made(admin, User(pk="usr_one", role=role))
    with tenant_context(globex), time_machine.travel(noon.replace(hour=13), tick=False):
        second = made(admin, User(pk="usr_other", role=role))
    assert first == second
    assert first is None or first[-1] == []


def test_most_pages_have_one(acme):
    kept = [made(one, User(pk="usr_one", role=Role.ADMIN)) for one in PAGES]
    assert sum(bool(one) for one in kept) > len(kept) / 2
