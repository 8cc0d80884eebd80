"""A worker that ends with -9, once, at each step that the file `KILLS` names.

A line is taken out of it before the worker dies of it: the next worker gets further.
"""

import os
import signal
import smtplib
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")
if __name__ == "__main__":
    django.setup()

from django.core.management import call_command

from actionplans import jobs
from actionplans.exports.action_sheet import ActionSheet
from actionplans.services import exports
from qualiforma.mail import jobs as mail_jobs

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
surround(exports, "_finish", before="stored")
surround(jobs, "make_export", after="finished")
surround(mail_jobs, "compose", before="composing")
surround(smtplib.SMTP, "sendmail", before="sending")

if __name__ == "__main__":
    call_command("run_worker")
