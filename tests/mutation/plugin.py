"""pytest plugin: run the tests once, then again for each mutant, in a child of this warm process.

A mutant is put into the functions that are there, in the child alone; nothing is written. A test of
another process (a live server) does not see it and takes no part.
"""

import gc
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

import pytest
import typst
from coverage import Coverage
from django.db import connections

from tests.mutation.mutants import Mutant, mutants_of

ROOT = Path(__file__).parents[2]
SECONDS = 25  # for one mutant; what takes longer survived nothing
parents: list[Any] = []
# Statements that the process has made and keeps: a fault in what makes them would change none of these.
kept: list[Any] = []
TARGETS = [
    *("improvements/states.py", "actionplans/states.py", "compliance/states.py"),
    *("improvements/policies.py", "actionplans/policies.py", "compliance/policies.py"),
    *("improvements/querysets.py", "actionplans/querysets.py", "compliance/querysets.py"),
    *(f"qualiforma/training/{name}.py" for name in ("states", "policies", "querysets")),
    *("qualiforma/accounts/policies.py", "qualiforma/endpoints/audit/policies.py"),
    *("qualiforma/api/auth.py", "qualiforma/accounts/tokens.py", "qualiforma/sessionids.py"),
    *(f"qualiforma/accounts/services/{name}.py" for name in ("sessions", "passwords")),
    "qualiforma/accounts/services/company_sessions.py",
    *("qualiforma/idempotency/services.py", "qualiforma/api/conditions.py"),
    *("qualiforma/links.py", "qualiforma/filelinks.py", "qualiforma/accounts/links.py"),
    *("qualiforma/api/tenant_middleware.py", "qualiforma/tenants/context.py"),
]


def pytest_addoption(parser):
    parser.addoption("--every", type=int, default=1, help="try every n-th mutant only")
    parser.addoption(
        "--only", default="", help="try mutants of files whose path matches this pattern"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    session.items[:] = [one for one in session.items if "demo_server" not in one.fixturenames]
    kept[:] = kept_statements()
    reached, seconds, drawing = measure(session.items)
    if session.testsfailed:
        raise session.Failed("the tests fail without any mutant")
    session.items[:] = [one for one in session.items if one.nodeid not in drawing]
    assert tried("", None, session.items[::40]) == "survived", "tests fail in a child anyway"
    every, only = session.config.option.every, session.config.option.only
    counted: dict[str, int] = {}
    for path in [one for one in TARGETS if re.search(only, one)]:
        for rank, mutant in enumerate(mutants_of((ROOT / path).read_text(encoding="utf-8"))):
            if rank % every:
                continue
            names = tests_of(path, mutant, reached)
            tests = [one for one in session.items if one.nodeid in names]
            tests.sort(key=lambda one: seconds[one.nodeid])
            outcome = tried(path, mutant, tests)
            counted[outcome] = counted.get(outcome, 0) + 1
            if outcome != "killed":
                sys.stderr.write(
                    f"\n{outcome}: {path}:{mutant.line} {mutant.said} ({len(tests)} tests)\n"
                )
    session._setupstate.teardown_exact(None)
    sys.stderr.write(f"\nmutants: {json.dumps(counted)}\n")
    return True


def measure(items):
    """Run each test; return which lines of the targets each reached, how long it took, and which draw.

    What makes PDF documents keeps a thread, which a child has not: it would wait for it for ever,
    and each mutant that such a test reaches would count as killed.
    """
    coverage = Coverage(
        config_file=False, data_file=None, include=[str(ROOT / one) for one in TARGETS]
    )
    seconds, drawing = {}, set()
    coverage.start()
    for item in items:
        coverage.switch_context(item.nodeid)
        forget_statements()
        start = time.perf_counter()
        # What belongs to the session alone stays, for the children too.
        with patch.object(typst, "compile", wraps=typst.compile) as draw:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)
        if draw.called:
            drawing.add(item.nodeid)
        seconds[item.nodeid] = time.perf_counter() - start
    coverage.stop()
    data = coverage.get_data()
    reached = {one: data.contexts_by_lineno(str(ROOT / one)) for one in TARGETS}
    return reached, seconds, drawing


def kept_statements() -> list[Any]:
    """Return where this process keeps statements. Settings are there by now, which the imports need."""
    from qualiforma.admin import rows
    from qualiforma.api import compiled
    from qualiforma.lookups import Figures

    figures = [one for one in gc.get_objects() if type(one) is Figures]
    return [compiled._kept, rows._kept, *(one._kept for one in figures)]


def forget_statements() -> None:
    """Let the next test make the statements that it needs, and so reach what makes them."""
    for one in kept:
        one.clear()


def tests_of(path: str, mutant: Mutant, reached: dict[str, dict[int, list[str]]]) -> set[str]:
    """Return the tests that reach the line; of what the module runs itself, those of its app too."""
    lines = reached[path]
    if mutant.scope:
        return set(lines.get(mutant.line, ())) or set(lines.get(mutant.first_line + 1, ()))
    app = f"tests/{path.rpartition('/')[0]}/"
    everything = {one for found in reached.values() for tests in found.values() for one in tests}
    return {one for one in everything if one.startswith(app)} | {
        one for found in lines.values() for one in found
    }


def tried(path: str, mutant: Mutant | None, tests: list[Any]) -> str:
    """Return killed, survived, or not reached."""
    if not tests:
        return "not reached"
    child = os.fork()
    if child == 0:
        try:
            os._exit(in_child(path, mutant, tests))
        finally:
            os._exit(3)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "survived", 2: "not applied", 3: "a fault of the run"}.get(code, "killed")


def in_child(path: str, mutant: Mutant | None, tests: list[Any]) -> int:
    """0: no test failed. 1: one did. 2: nothing to put it into. Killed by the alarm: it hangs."""
    signal.alarm(2 * SECONDS)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    for one in connections.all():
        parents.append(one.connection)  # kept, as its end would be a test's failure
        one.connection = None  # a new one is opened
    if mutant and not applied(path, mutant):
        return 2
    forget_statements()
    end = time.monotonic() + SECONDS
    session = tests[0].session
    for item in tests:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=session)
        if session.testsfailed:
            return 1
        if time.monotonic() > end:
            break
    return 0


def applied(path: str, mutant: Mutant) -> bool:
    module = sys.modules[path.removesuffix(".py").replace("/", ".")]
    code = compile(mutant.source, str(ROOT / path), "exec")
    return put_code(code, mutant) if mutant.scope else put_constants(module, code)


def put_code(code: CodeType, mutant: Mutant) -> bool:
    """Exchange the code of the function that is in use, the person who refers to it."""
    new = {one.co_firstlineno: one for one in nested(code) if one.co_name == mutant.scope}
    made = new[mutant.first_line]
    found = [
        one
        for one in gc.get_objects()
        if type(one) is FunctionType  # not `isinstance`, which asks what a weak reference is of
        and one.__code__.co_name == mutant.scope
        and one.__code__.co_filename == made.co_filename
        and one.__code__.co_firstlineno == mutant.first_line
        and len(one.__code__.co_freevars) == len(made.co_freevars)
    ]
    for one in found:
        one.__code__ = made
    return bool(found)


def nested(code: CodeType) -> Any:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from nested(one)


def put_constants(module: ModuleType, code: CodeType) -> bool:
    """Run the module again, aside, and hand out the values that are different now."""
    aside = {"__name__": module.__name__, "__file__": module.__file__}
    try:
        exec(code, aside)  # noqa: S102 - our own source
    except Exception:  # noqa: BLE001 - whatever it is, the program would not start
        os._exit(1)
    plain = (type, FunctionType, ModuleType, CodeType)
    changed = False
    for name, new in aside.items():
        old = vars(module).get(name)
        if name.startswith("__") or isinstance(new, plain) or old is None or old == new:
            continue
        changed = True
        for one in list(sys.modules.values()):
            if vars(one).get(name) is old if isinstance(one, ModuleType) else False:
                setattr(one, name, new)
    return changed
