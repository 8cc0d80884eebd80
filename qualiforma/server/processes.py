"""How many web processes this machine can use."""

import os
from pathlib import Path

CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")
MOST = 64


def cores() -> int:
    """Return how many cores this process may use: those it is bound to, or its container's share."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = bound or 1
    try:
        quota, period = CPU_LIMIT.read_text().split()
        found = min(found, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # another system, or no limit: "max 100000"
        pass
    return found


def usual_processes() -> int:
    """Return twice the cores, two at least: a call that waits for the database uses no core."""
    return min(max(2, 2 * cores()), MOST)
