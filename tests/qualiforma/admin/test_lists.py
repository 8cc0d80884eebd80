"""What unfold works out for each row and we once: the same text, less often."""

from unittest import mock

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.utils import translation
from unfold.admin import checkbox
from unfold.templatetags import unfold_list
from unfold.utils import display_for_label
from unfold.widgets import UnfoldBooleanWidget

from improvements.admin.plans import BADGES
from improvements.states import PlanStatus
from qualiforma.admin.cells import _unfold_rows, rows_of
from qualiforma.admin.lists import checkbox_of, label
from tests.improvements.factories import make_complaint, make_plan
from tests.improvements.pages import LIST


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("status", PlanStatus)
def test_labels_are_the_same(language, status):
    with translation.override(language):
        for value in ((status.value, status.label), status.value, "<b>&</b>", None, ""):
            assert label(value, "-", BADGES) == display_for_label(value, "-", BADGES)
        assert label("x", "-", kinds=True) == display_for_label("x", "-", label=True)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_checkboxes_are_the_same(language):
    with translation.override(language):
        for key in ("imp_1", 'un"<b>&'):
            assert checkbox_of(key) == checkbox.render(ACTION_CHECKBOX_NAME, key)


def test_headers_are_rendered_once_for_all_rows(admin_client):
    """In an order that no other call has asked for: after it, they are known."""
    for _ in range(3):
        make_plan()
    with mock.patch.object(
        UnfoldBooleanWidget, "render", autospec=True, side_effect=UnfoldBooleanWidget.render
    ) as render:
        for _ in range(2):
            assert admin_client.get(f"{LIST}?o=7.-1.3").status_code == 200
    assert [call.args[1] for call in render.call_args_list].count("action-toggle") == 1


LISTS = (
    "improvements/improvementplan/",
    "improvements/improvementplan/?_popup=1&status__exact=DRAFT",
    "improvements/complaint/",
    "improvements/correctiveaction/?group=owner",
    "improvements/risk/",
    "accounts/user/",
    "compliance/evidence/",
    "compliance/needsanalysis/",
    "training/course/",
    "training/enrollment/",
)


@pytest.mark.parametrize("path", LISTS)
def test_cells_are_the_same(admin_client, path):
    """unfold writes each cell anew; a key may have any sign in it."""
    make_plan(id="un\"<b>&é'")
    make_plan()
    make_complaint()
    found = []

    def both(cl):
        ours, theirs = list(rows_of(cl)), list(_unfold_rows(cl))
        found.append(([list(row) for row in ours], [list(row) for row in theirs]))
        return ours

    with mock.patch.object(unfold_list, "results", both):
        answer = admin_client.get(f"/admin/{path}")
    assert answer.status_code == 200
    [(ours, theirs)] = found
    assert ours == theirs
    assert "".join(ours[0] if ours else []) in answer.content.decode()
