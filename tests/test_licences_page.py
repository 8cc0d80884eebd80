"""docs/licences.md names every locked package with the licence that it declares."""

import re

import pytest
from django.core.management import CommandError, call_command

from qualiforma.server.management.commands import document_licences as page


def test_the_page_is_what_the_packages_say():
    call_command("document_licences", "--check")


def test_every_locked_package_has_a_licence():
    rows = dict(
        re.findall(r"^\| ([\w.-]+) \| (.+) \|$", page.PAGE.read_text("utf-8"), re.MULTILINE)
    )
    del rows["Package"], rows["---"]
    assert set(rows) == set(page.locked_packages())
    assert "django" in rows
    assert all(rows.values())


def test_no_licence_binds_our_own_code():
    for name in page.locked_packages():
        assert not re.search(r"\b(AGPL|GPL|SSPL|Commons Clause)", page.licence_of(name)), name


def test_a_package_without_a_licence_ends_it():
    with pytest.raises(CommandError, match="nowhere declares no licence"):
        page.licence_of("nowhere")
