"""README, CONTRIBUTING and docs/: each file, module, decorator, command and class they name exists."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Decisions say what was so on their day.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(
        page
        for page in (ROOT / "docs").rglob("*.md")
        if page.relative_to(ROOT / "docs").parts[0] != "decisions"
    ),
]
FOR_ENGINEERS = [
    page for page in PAGES if page.name in {"CONTRIBUTING.md", "architecture.md", "extending.md"}
]
APPS = ("improvements", "compliance", "actionplans")
# What commands write; none of it is in the repository.
GENERATED = (".venv", "site", ".qualiforma")
ENDINGS = "py|md|toml|yml|yaml|json|txt|in|cfg|sh|sql|ts|html|po|pot|conf|svg|png|xlsx"
FILE = re.compile(rf"(<app>/)?\.?[\w-]+(?:[./][\w-]+)*\.(?:{ENDINGS})")
FOLDER = re.compile(r"(?:<app>/|\.)?[\w-]+(?:/[\w.-]+)*/?")
DOTTED = re.compile(r"[a-z_]+(?:\.\w+)+")


@cache
def files():
    listed = subprocess.run(  # ours, no input
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name for name in listed.stdout.split("\0") if name}


@cache
def paths():
    """Return every file and every folder that holds one."""
    return files() | {str(parent) for name in files() for parent in Path(name).parents}


@cache
def sources():
    return {
        name: (ROOT / name).read_text(encoding="utf-8") for name in files() if name.endswith(".py")
    }


@cache
def defined(*kinds):
    return {
        node.name
        for text in sources().values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, kinds)
    }


def code_of(page):
    """Return what stands in backticks, without the blocks of commands."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"`([^`\n]+)`", text)


def top_level():
    return {Path(name).parts[0] for name in files() if "/" in name}


def is_ours(code):
    """Say whether code is written as a path of this repository.

    Names without a folder are ours only for Python and for pages: others stand in archives that we write.
    """
    if code.startswith(GENERATED):
        return False
    if "/" not in code:
        return bool(re.fullmatch(r"\w+\.py|[\w-]+\.md", code))
    is_below = code.split("/")[0] in {*top_level(), "<app>"}
    return bool(FILE.fullmatch(code)) or (is_below and bool(FOLDER.fullmatch(code)))


def exists(path):
    """A path from the root, below an app, or a name that some file or folder has."""
    path = path.rstrip("/")
    if path.startswith("<app>/"):
        return any(f"{app}/{path[6:]}" in paths() for app in APPS)
    return path in paths() or ("/" not in path and any(one.endswith(f"/{path}") for one in paths()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_named_path_exists(page):
    named = {code.split("::")[0] for code in code_of(page)}
    assert [code for code in sorted(named) if is_ours(code) and not exists(code)] == []


def is_module(name):
    """Say whether a dotted name leads to a module, or to something that a module defines."""
    path, _, last = name.replace(".", "/").rpartition("/")
    if {f"{path}/{last}", f"{path}/{last}.py"} & paths():
        return True
    module = sources().get(f"{path}.py", sources().get(f"{path}/__init__.py", ""))
    return bool(re.search(rf"\b{last}\b", module))


def is_code_of_ours(name):
    """Audit actions, jobs and mails have dotted names too; they stand in the code as texts."""
    return any(f'"{name}"' in text for text in sources().values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_named_module_exists(page):
    ours = {name for name in top_level() if f"{name}/__init__.py" in paths()}
    named = {
        code
        for code in code_of(page)
        if DOTTED.fullmatch(code) and code.split(".")[0] in ours and ".example." not in code
    }
    assert [n for n in sorted(named) if not is_module(n) and not is_code_of_ours(n)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_named_decorator_exists(page):
    found = [re.match(r"@(?:\w+\.)*([a-z]\w+)", code) for code in code_of(page)]
    outside = {"extend_schema"}  # drf-spectacular's
    assert {one.group(1) for one in found if one} - outside - defined(ast.FunctionDef) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_named_test_exists(page):
    found = [re.fullmatch(r"(?:tests/.+\.py::)?(test_\w+)", code) for code in code_of(page)]
    assert {one.group(1) for one in found if one} - defined(ast.FunctionDef) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_named_command_exists(page):
    text = page.read_text(encoding="utf-8")
    commands = {Path(name).stem for name in files() if "/management/commands/" in name}
    of_django = {"makemigrations", "NAME"}
    assert set(re.findall(r"manage\.py (\w+)", text)) - of_django - commands == set()
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    )
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, flags=re.MULTILINE)) - targets == set()


@pytest.mark.parametrize("page", FOR_ENGINEERS, ids=lambda page: page.name)
def test_each_named_class_exists(page):
    named = {code for code in code_of(page) if re.fullmatch(r"[A-Z]\w*[a-z]\w*", code)}
    assert named - defined(ast.ClassDef) == set()
