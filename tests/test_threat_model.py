"""docs/threat-model.md: each protection names a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
RISKS = {f"API{number}" for number in range(1, 11)}


def section(title):
    return PAGE.split(f"\n## {title}")[1].split("\n## ")[0]


def rows(title):
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions(path):
    if not (ROOT / path).is_file():
        return set()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def test_each_named_test_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 60
    lost = [f"{path}::{name}" for path, name in named if name not in functions(path)]
    assert lost == []


def test_each_protection_names_a_test():
    for title in ("Entry points", "OWASP API Security Top 10 (2023)", "OWASP ASVS 5.0"):
        assert rows(title)
        for row in rows(title):
            assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", row[-1]), row


def test_each_of_the_ten_risks_is_there():
    found = {row[0].split()[0] for row in rows("OWASP API Security Top 10 (2023)") if row[0]}
    assert found == RISKS


def test_no_row_is_both_held_and_unexplained():
    assert all(reason for _row, reason in rows("Open"))
