"""docs/errors.md is what the code says, and every code that is answered stands on it."""

import re

import pytest
from django.core.management import call_command

from qualiforma.api.problems import error_codes, status_of
from qualiforma.server.management.commands.document_errors import PAGE, error_page

FAMILIES = {"RULE", "CONFLICT", "UNPROCESSABLE"}


def test_the_page_is_what_the_code_says(db):
    assert PAGE.read_text(encoding="utf-8") == error_page(), "run manage.py document_errors"
    call_command("document_errors", "--check")


def test_every_code_has_a_row_and_a_status(db):
    error_page()  # loads everything
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) ", PAGE.read_text("utf-8"), re.MULTILINE))
    assert set(rows) == set(error_codes()) - FAMILIES
    for code, status in rows.items():
        assert status_of(error_codes()[code]) == int(status)


def test_every_title_is_in_both_languages(db):
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            _, code, _, french, english, meaning, _, _ = (cell.strip() for cell in line.split("|"))
            assert french, code
            assert english, code
            assert meaning, code
            assert french != english or english == "Audit", code


def test_a_fact_that_is_not_documented_is_a_fault():
    from qualiforma.errors import ConflictError

    with pytest.raises(TypeError, match="CONFLICT"):
        ConflictError(surprise=1)
