"""Size stops that ruff has no rule for (docs: CONTRIBUTING.md, "Sizes")."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("qualiforma", "improvements", "compliance", "actionplans", "tests")
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
MODULE, CLASS, FUNCTION, TEST = 400, 200, 40, 30


def too_long(path):
    """Yield what is longer than it may be in a file."""
    source = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    lines = len(source.splitlines())
    if lines > MODULE:
        yield f"{name}: {lines} > {MODULE}"
    longest_function = TEST if path.name.startswith("test_") else FUNCTION
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            limit = CLASS if isinstance(node, ast.ClassDef) else longest_function
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                yield f"{name}: {node.name}: {lines} > {limit}"


def test_sizes():
    assert [one for path in FILES for one in too_long(path)] == []


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
