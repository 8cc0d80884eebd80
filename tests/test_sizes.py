"""Size stops that ruff has no rule for (docs: CONTRIBUTING.md, "Sizes")."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("qualiforma", "improvements", "compliance", "actionplans", "tests")
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
MODULE, CLASS, FUNCTION, TEST = 400, 200, 40, 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path):
    source = path.read_text(encoding="utf-8")
    too_long = [f"module: {len(source.splitlines())}"] * (len(source.splitlines()) > MODULE)
    longest_function = TEST if path.name.startswith("test_") else FUNCTION
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            limit = CLASS if isinstance(node, ast.ClassDef) else longest_function
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                too_long.append(f"{node.name}: {lines} > {limit}")
    assert not too_long


def test_no_field_validators_that_would_never_run():
    """DRF looks for `validate_<publicName>`: a `validate_due_date` is silently never called."""
    allowed = {"validate_empty_values"}
    found = [
        f"{path.name}: {node.name}"
        for path in FILES
        if path.name in {"serializers.py", "api.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("validate_")
        and node.name not in allowed
    ]
    assert not found
