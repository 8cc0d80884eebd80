"""A page reads its record once, and notes before what the trail's last entry is."""

from typing import Any
from unittest import mock

import pytest
from django.contrib.admin.utils import quote

from improvements.models import ImprovementPlan
from qualiforma.admin import conflicts
from tests.improvements.factories import make_complaint, make_plan, make_risk
from tests.improvements.pages import page_of

PAGES: dict[str, Any] = {
    "improvementplan": make_plan,
    "complaint": make_complaint,
    "risk": make_risk,
}


def statements_of(captured, table):
    """Those that read a row of this table by its key."""
    return [
        one["sql"]
        for one in captured
        if f'FROM "{table}"' in one["sql"] and f'"{table}"."id" = ' in one["sql"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_its_record_once(admin_client, django_assert_max_num_queries, name):
    record = PAGES[name]()
    path = f"/admin/improvements/{name}/{quote(record.pk)}/change/"
    with django_assert_max_num_queries(100) as captured:
        assert admin_client.get(path).status_code == 200
    columns = [
        sql
        for sql in statements_of(captured.captured_queries, f"improvements_{name}")
        if f'"improvements_{name}"."created_at"' in sql.partition(" FROM ")[0]
    ]
    assert len(columns) == 1


def test_what_changes_between_the_trail_and_the_record_is_not_missed(admin_client):
    """Else what somebody wrote meanwhile would be overwritten unseen by who has the page open."""
    plan = make_plan()
    order = []
    last_entry = conflicts.last_entry
    from_db: Any = ImprovementPlan.from_db

    def noted(root_id):
        order.append("trail")
        return last_entry(root_id)

    def read(_cls, *given, **named):
        order.append("record")
        return from_db(*given, **named)

    with (
        mock.patch.object(conflicts, "last_entry", noted),
        mock.patch.object(ImprovementPlan, "from_db", classmethod(read)),
    ):
        assert admin_client.get(page_of(plan)).status_code == 200
    assert order[0] == "trail"
    assert order.count("trail") == 1
