"""The settings reference and the example file name what the code reads, with its defaults."""

import ast
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command

from qualiforma.server.management.commands.document_settings import EXAMPLE
from qualiforma.server.variables import GROUPS, INTERNAL
from tests.live import ROOT

DOCUMENTED = {one.name: one for variables in GROUPS.values() for one in variables}


def value_of(node: ast.AST | None) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def readings() -> Iterator[tuple[str, Any]]:
    """Yield name and default of each variable that the code reads; None where it is computed."""
    for path in sorted((ROOT / "qualiforma").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            is_reader = isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
            first = node.args[0] if node.args else None
            is_name = isinstance(first, ast.Constant) and str(first.value).isupper()
            if is_reader and is_name:  # not a refusal's text
                default = {one.arg: one.value for one in node.keywords}.get("default")
                yield value_of(first), value_of(default)
    yield "QUALIFORMA_SECRET_KEY", None


def test_every_variable_that_the_code_reads_is_documented_and_no_other():
    assert {name for name, _ in readings()} - INTERNAL == set(DOCUMENTED)


def test_the_defaults_are_those_of_the_code():
    for name, default in readings():
        if default is not None and name not in INTERNAL:
            assert DOCUMENTED[name].default == str(default), name


def test_secrets_are_called_so():
    secret = {name for name, one in DOCUMENTED.items() if one.is_secret}
    words = ("URL", "KEY", "TOKEN", "PASSPHRASE")
    assert secret == {
        name
        for name in DOCUMENTED
        if name.endswith(words) and name not in {"QUALIFORMA_PUBLIC_URL", "RECOMMENDER_URL"}
    }


def test_both_files_are_current():
    call_command("document_settings", "--check")


def test_the_example_can_be_read_by_systemd_and_compose():
    for line in EXAMPLE.read_text().splitlines():
        name, equals, value = line.removeprefix("#").partition("=")
        assert line.startswith("# ") or not line or (equals and name in DOCUMENTED), line
        assert not value.startswith(("'", '"'))
