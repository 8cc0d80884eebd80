"""The settings reference and the example file name what the code reads, with its defaults."""

import ast

from django.core.management import call_command

from qualiforma.server.management.commands.document_settings import EXAMPLE
from qualiforma.server.variables import GROUPS, INTERNAL
from tests.live import ROOT

DOCUMENTED = {one.name: one for variables in GROUPS.values() for one in variables}


def readings():
    """Yield name and default of each variable that the code reads; None where it is computed."""
    for path in sorted((ROOT / "qualiforma").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            is_reader = isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
            is_name = node.args and isinstance(node.args[0], ast.Constant)
            if is_reader and is_name and str(node.args[0].value).isupper():  # not a refusal's text
                named = {one.arg: one.value for one in node.keywords}
                default = named.get("default")
                yield (
                    node.args[0].value,
                    default.value if isinstance(default, ast.Constant) else None,
                )
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
