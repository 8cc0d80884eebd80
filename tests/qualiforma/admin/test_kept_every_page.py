"""Every list and a record of each kind, asked for again after a change of each table that it reads."""

import re
from collections import defaultdict

import time_machine
from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from improvements.models import CorrectiveAction
from qualiforma.admin import kept_pages
from qualiforma.admin.kept_pages import Pages
from qualiforma.admin.records import RecordAdmin
from qualiforma.admin.site import site
from tests.qualiforma.admin.test_kept_pages import HOME, anew, headers, is_made, text

COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position
"""
# Another value, by the type of the column.
OTHER = {
    "text": "{} || '…'",
    "character varying": "{} || '…'",
    "integer": "{} + 1",
    "numeric": "{} + 1",
    "boolean": "NOT {}",
    "date": "{} + 40",
    "timestamp with time zone": "{} + interval '40 days'",
}


# Of a page, as many are changed.
TABLES = 2


class ChangedError(Exception):
    """Undoes a change."""


def changes():
    """Statements that change a column of each row, by table."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind in cursor.fetchall():
            if kind in OTHER and column != "id":
                new = OTHER[kind].format(f'"{column}"')
                found[table].append(f'UPDATE "{table}" SET "{column}" = {new}')
    return found


def addresses():
    """The home page, every list, and a record of each kind that has one."""
    yield HOME
    for one in site._registry.values():
        if isinstance(one, RecordAdmin):
            name = f"admin:{one.opts.app_label}_{one.opts.model_name}"
            yield reverse(f"{name}_changelist")
            key = one.model._default_manager.values_list("pk", flat=True).first()
            if key and one.model is not CorrectiveAction:  # its page is its plan's
                yield reverse(f"{name}_change", args=[quote(str(key))])


def is_shown_after(change, client, path, pages):
    """Whether the page is the same as made anew after this change; None where it cannot be made."""
    before = dict(pages._pages)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(change)
                if not cursor.rowcount:
                    return None
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            answer = client.get(path)
            is_anew = is_made(answer) or answer.status_code != 200  # a person whose role has gone
            is_right = is_anew or text(answer) == anew(client, path, pages)
            raise ChangedError
    except ChangedError:
        return is_right
    except Error:
        return None
    finally:
        pages._pages.clear()
        pages._pages.update(before)


def after_changes(rank, client, path, pages):
    """Change tables that the page reads, in one column of each; yield whether the page shows it, and the change.

    Other tables and columns from page to page: all of them on each would take minutes.
    """
    with CaptureQueriesContext(connection) as ran:
        anew(client, path, pages)
    read = set(re.findall(r'"(\w+)"', " ".join(one["sql"] for one in ran))) - {"django_session"}
    by_table = [tried for table, tried in changes().items() if table in read]
    done = 0
    for tried in turned(by_table, rank):
        for change in turned(tried, rank):
            is_right = is_shown_after(change, client, path, pages)
            if is_right is not None:
                yield is_right, path, change
                done += 1
                break
        if done == TABLES:
            return


def turned(ones, rank):
    first = rank % len(ones)
    return ones[first:] + ones[:first]


def test_every_page_is_what_it_would_be_anew(acme, admin_client, monkeypatch):
    for loader in settings.DEMO_LOADERS:
        import_string(loader)("qualiforma-demo")
    looked = []
    with time_machine.travel(timezone.localtime().replace(hour=12, second=5), tick=False):
        for rank, path in enumerate(addresses()):
            pages = Pages()
            monkeypatch.setattr(kept_pages, "pages", pages)
            first, again = admin_client.get(path), admin_client.get(path)
            assert (is_made(first), is_made(again)) == (True, False), path
            is_same = text(first) == text(again) == anew(admin_client, path, pages)
            looked += [(is_same and headers(first) == headers(again), path)]
            looked += after_changes(rank, admin_client, path, pages)
    assert [one for one in looked if not one[0]] == []
    assert len(looked) > 100
