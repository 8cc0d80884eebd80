"""Workers that end with -9, once at each step that the file `KILLS` names; another one follows.

The first begins once the file is there. A word is taken out of it before a worker dies of it: the
next one gets further. Each is a process of its own, forked, so that the program is read once. Time
passes between them: what a dead one left has stalled, and what waits for another try is due.
"""

import os
import signal
import smtplib
import sys
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")
if __name__ == "__main__":
    django.setup()

from datetime import timedelta

from django.core.management import call_command
from django.db import connection

from actionplans import jobs
from actionplans.exports.action_sheet import ActionSheet
from qualiforma.bundle.archive import Archive
from qualiforma.exports.lifecycle import Family
from qualiforma.jobs import worker
from qualiforma.jobs.rescue import rescue
from qualiforma.mail import jobs as mail_jobs
from tests.jobs import make_due

KILLS = Path(os.environ["KILLS"])


def die_at(step: str) -> None:
    steps = KILLS.read_text().split()
    if step in steps:
        steps.remove(step)
        KILLS.write_text(" ".join(steps))
        os.kill(os.getpid(), signal.SIGKILL)


def surround(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    """Have the worker die before or after this is called."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        die_at(before)
        result = original(*args, **kwargs)
        die_at(after)
        return result

    setattr(owner, name, wrapped)


surround(ActionSheet, "write", before="writing")
surround(Archive, "close", before="packing")
surround(Family, "_finish", before="stored")
surround(jobs, "make_export", after="finished")
surround(mail_jobs, "compose", before="composing")
surround(smtplib.SMTP, "sendmail", before="sending")
worker.POLL_SECONDS = 0.2


def live() -> None:
    """One life. Here, and not in the process that forks: what is connected is not shared."""
    rescue(timedelta(0))
    make_due()
    connection.close()
    call_command("run_worker")


def main() -> int:
    """Follow each that is killed by another; end as the last one does."""
    while not KILLS.exists():
        time.sleep(0.05)
    while True:
        child = os.fork()
        if not child:
            live()
            return 0
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
