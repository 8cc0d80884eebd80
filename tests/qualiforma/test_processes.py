"""How many web processes are started where nobody says."""

import os

import pytest

from qualiforma.server import processes


@pytest.mark.parametrize(
    ("bound", "limit", "wanted"),
    [
        (1, "", 2),
        (8, "", 16),
        (8, "max 100000", 16),
        (8, "150000 100000", 4),
        (8, "50000 100000", 2),
        (100, "", 64),
    ],
)
def test_twice_the_cores_that_may_be_used(tmp_path, monkeypatch, bound, limit, wanted):
    monkeypatch.setattr(processes, "CPU_LIMIT", tmp_path / "cpu.max")
    if limit:
        (tmp_path / "cpu.max").write_text(f"{limit}\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(bound)), raising=False)
    assert processes.usual_processes() == wanted
