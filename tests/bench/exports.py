"""What the Excel export of a large plan costs its worker: `python -m tests.bench.exports`.

A plan of 500 and one of 5,000 actions, each with two assignees and a note, on a throw-away
PostgreSQL; each export by a worker process of its own. Figures: seconds, peak memory, file size.
"""

import argparse
import os
import subprocess
import sys
import time
from typing import Any

from tests.bench.rig import Report, open_rig, say
from tests.live import ROOT

SLUG = "bench-exports"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, nargs="+", default=[500, 5_000])
    chosen = parser.parse_args()
    report, seconds = Report(), {}
    with open_rig(tenants=1):
        manage("create_tenant", SLUG, "--name", "Essai")
        idle = work()
        report.figure("worker without work: peak MiB", f"{idle.ru_maxrss / 1024:.0f}")
        for number in chosen.actions:
            say(f"{number} actions")
            manage("shell", "-v", "0", "-c", f"from tests.bench.exports import ask; ask({number})")
            began = time.monotonic()
            used = work()
            seconds[number] = time.monotonic() - began
            report.figure(
                f"{number} actions: seconds, peak MiB",
                f"{seconds[number]:.1f}, {used.ru_maxrss / 1024:.0f}",
            )
            code = f"from tests.bench.exports import tell; tell({number})"
            report.figure(
                f"{number} actions: state, kB", manage("shell", "-v", "0", "-c", code).strip()
            )
        if len(seconds) > 1:
            first, last = min(seconds), max(seconds)
            report.figure("ratio of seconds", f"{seconds[last] / seconds[first]:.1f}")
    return report.end()


def work() -> Any:
    """Run a worker until nothing is left; return what it used."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_worker", "--until-empty"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    return used


def manage(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def ask(number: int) -> None:
    """Make a plan of so many actions and ask for its export. Runs inside `manage.py shell`."""
    from actionplans import services
    from actionplans.models import Action, Assignment, Note
    from actionplans.states import Visibility
    from qualiforma.accounts import services as accounts
    from qualiforma.accounts.actor import Actor
    from qualiforma.accounts.models import User
    from qualiforma.tenants.context import get_tenant, tenant_context

    with tenant_context(get_tenant(SLUG)):
        people = [
            User.objects.filter(email=f"{name}@bench.fr").first()
            or accounts.create_user(
                email=f"{name}@bench.fr", name=name, role="MANAGER", password="correct-horse-bat"
            )
            for name in ("ana", "ben")
        ]
        actor = Actor.of(people[0])
        draft = services.PlanDraft(
            title=f"Plan {number}", description="", visibility=Visibility.PUBLIC
        )
        plan = services.create_plan(draft=draft, actor=actor)
        actions = Action.objects.bulk_create(
            Action(
                plan=plan, title=f"Action {rank}", description="Relire. " * 40, visibility="PUBLIC"
            )
            for rank in range(number)
        )
        Assignment.objects.bulk_create(
            Assignment(action=one, user=person) for one in actions for person in people
        )
        Note.objects.bulk_create(
            Note(action=one, author=people[0], text="Fait à moitié. " * 10) for one in actions
        )
        services.request_export(plan=plan, actor=actor)


def tell(number: int) -> None:
    """Print how the last export ended. Runs inside `manage.py shell`."""
    from actionplans.exports.models import PlanExport
    from qualiforma.tenants.context import get_tenant, tenant_context

    with tenant_context(get_tenant(SLUG)):
        export = PlanExport.objects.get(plan_title=f"Plan {number}")
        sys.stdout.write(f"{export.state}, {export.size // 1024}")


if __name__ == "__main__":
    sys.exit(main())
