"""What the code measures, by one script for any state of it.

    python -m tests.metrics [--root FOLDER] [--json FILE] [--small]

`FOLDER` is a checkout with its `.venv`; the figures are of the packages and, where said, of the tests.
The PATCH is that of `tests/improvements/test_plan_patch.py`: calls of our own functions while one
plan changes, warm, and the files that they stand in. Migrations count nowhere.
"""

import argparse
import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES = ("qualiforma", "improvements", "compliance", "actionplans")
FEW_LINES = 4
Function = ast.FunctionDef | ast.AsyncFunctionDef
ONE_TEST = "tests/improvements/test_plan_patch.py::test_the_documented_body"
PLUGIN = """
import json, sys
import pytest

calls, functions, files = [0], set(), set()


@pytest.fixture
def as_alice(as_alice):
    patch = as_alice.patch

    def counted(url, body):
        patch(url, {"title": "Un titre"})

        def note(frame, event, _argument):
            path = frame.f_code.co_filename
            if event == "call" and any(f"/{one}/" in path for one in PACKAGES) and ".venv" not in path:
                calls[0] += 1
                files.add(path)
                functions.add(frame.f_code)

        sys.setprofile(note)
        try:
            return patch(url, body)
        finally:
            sys.setprofile(None)

    as_alice.patch = counted
    return as_alice


def test_patch(as_alice):
    from tests.improvements.factories import make_plan

    answer = as_alice.patch(f"/api/v1/improvement-plans/{make_plan().pk}", {"title": "Un autre"})
    assert answer.status_code == 200, answer.content
    print("METRICS", json.dumps({"calls": calls[0], "functions": len(functions), "files": len(files)}))
"""


def main() -> int:
    """Print the figures, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--small", action="store_true", help="list small functions of one caller")
    options = parser.parse_args()
    if options.small:
        for path, node in called_once(modules(options.root, *PACKAGES)):
            if is_small(node):
                sys.stdout.write(f"{path.relative_to(options.root)}:{node.lineno} {node.name}\n")
        return 0
    figures = static(options.root) | patch(options.root) | processor(options.root)
    for name, figure in figures.items():
        sys.stdout.write(f"{name:48} {figure}\n")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return 0


def modules(root: Path, *folders: str) -> dict[Path, str]:
    """Return the source of each module below these folders."""
    found = (path for folder in folders for path in sorted((root / folder).rglob("*.py")))
    return {path: path.read_text() for path in found if "migrations" not in path.parts}


def static(root: Path) -> dict[str, Any]:
    """Figures of the text alone."""
    ours, tests = modules(root, *PACKAGES), modules(root, "tests")
    trees = {path: ast.parse(text) for path, text in ours.items()}
    text = "\n".join(ours.values())
    everything = text + "\n".join(tests.values())
    once = [node for _, node in called_once(ours)]
    readme = (root / "README.md").read_text().splitlines()
    return {
        "modules": len(ours),
        "lines": text.count("\n"),
        "modules of tests": len(tests),
        "lines of tests": sum(one.count("\n") for one in tests.values()),
        "functions": len(functions_of(ours)),
        "private functions with one caller": len(once),
        f"of these, of {FEW_LINES} lines or fewer": len([one for one in once if is_small(one)]),
        "packages of the kernel in cycles": len(in_cycles(trees, root)),
        "type: ignore": len(re.findall(r"#\s*type: ignore", everything)),
        "noqa": len(re.findall(r"#\s*noqa", everything)),
        "README: lines": len(readme),
        "README: longest line": max(map(len, readme)),
    }


def functions_of(found: dict[Path, str]) -> list[tuple[Path, Function]]:
    """Return all functions and methods of these modules."""
    return [
        (path, node)
        for path, text in found.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function)
    ]


def called_once(found: dict[Path, str]) -> list[tuple[Path, Function]]:
    """Return the private functions whose names stand in these modules twice: defined, and used."""
    used = Counter(re.findall(r"\w+", "\n".join(found.values())))
    functions = functions_of(found)
    return [
        (path, node)
        for path, node in functions
        if re.match(r"_[a-z]", node.name) and used[node.name] == 2
    ]


def is_small(node: Function) -> bool:
    """Say whether a function's body, without its docstring, has few lines."""
    body = node.body[ast.get_docstring(node) is not None :]
    return bool(body) and (body[-1].end_lineno or 0) - body[0].lineno < FEW_LINES


def in_cycles(trees: dict[Path, ast.Module], root: Path) -> set[str]:
    """Return the kernel's packages that import one another, directly or through others."""
    edges: dict[str, set[str]] = {}
    for path, tree in trees.items():
        parts = path.relative_to(root).with_suffix("").parts
        if parts[0] == "qualiforma" and len(parts) > 2:
            edges.setdefault(parts[1], set()).update(kernel_imports(tree))
    edges = {one: {two for two in found if two in edges} for one, found in edges.items()}
    return {one for one in edges if one in reached(edges, one)}


def kernel_imports(tree: ast.Module) -> Iterator[str]:
    """Yield the kernel's packages that a module imports when it runs, not for its types alone."""
    typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in typing:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            yield from (name.split(".")[1] for name in names if name.startswith("qualiforma."))


def reached(edges: dict[str, set[str]], start: str) -> set[str]:
    """Return what can be reached from a package over another one."""
    found: set[str] = set()
    ahead = edges[start] - {start}
    while ahead:
        found |= ahead
        ahead = {two for one in ahead for two in edges[one]} - found
    return found


def patch(root: Path) -> dict[str, Any]:
    """Figures of one PATCH of a plan."""
    path = root / "tests" / "test_metrics_of_patch.py"
    path.write_text(PLUGIN.replace("PACKAGES", repr(PACKAGES)))
    try:
        words = [
            str(root / ".venv/bin/python"),
            "-m",
            "pytest",
            "-qs",
            "-p",
            "no:randomly",
            str(path),
        ]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    finally:
        path.unlink()
    found = json.loads(re.findall(r"METRICS (.*)", done.stdout)[0])
    return {f"PATCH of a plan: {name}": figure for name, figure in found.items()}


def processor(root: Path) -> dict[str, Any]:
    """Processor seconds of one test, the second time, with all its processes."""
    words = [str(root / ".venv/bin/python"), "-m", "pytest", "-q", "-p", "no:randomly", ONE_TEST]
    spent = [_spent(words, root) for _ in range(2)]
    return {"one test: processor seconds": f"{spent[-1]:.1f}"}


def _spent(words: list[str], root: Path) -> float:
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
