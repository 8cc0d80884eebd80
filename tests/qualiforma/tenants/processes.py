"""Commands and services in processes of their own, killed where a test wants it."""

import os
from contextlib import suppress
from pathlib import Path

from tests import forks

KILLED = -9


def run_python(script, seconds=120, **environment):
    """Run a script with Django set up. Shape: the finished process, its output as text."""
    return forks.run(
        "-c",
        f"import os, django; django.setup()\n{script}",
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "qualiforma.settings"} | environment,
        seconds=seconds,
    )


def run_killed_at(point, call, module="services"):
    """Run `services.<call>` in a process that kills itself with -9 when it reaches `point`."""
    done = run_python(
        f"from qualiforma.provisioning import services, removal, templates, schemas\n"
        f"def die(*args, **kwargs): os.kill(os.getpid(), 9)\n"
        f"{module}.{point} = die\n"
        f"services.{call}"
    )
    assert done.returncode == KILLED, done
    return done


def manage(*command, **environment):
    return forks.run("manage.py", *command, env=os.environ | environment)


def start(*command):
    """Start a command whose processes can be told by its session's number."""
    return forks.start("manage.py", *command, start_new_session=True)


def processes_of(session):
    """Return the living processes of a session."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, _group, of = status.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(status.parent.name)
    return found
