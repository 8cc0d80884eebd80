"""Others while a long file is tried, or a server outside says nothing: `python -m tests.bench.outside`.

As `tests.bench.neighbours`, with a worker beside the web server. The triggers: the back-office tries an import
of 20,000 rows again and again; exports of the trail are ordered while the mail server is mute; files
are uploaded while the bucket is mute.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count

from qualiforma.server.processes import usual_processes
from tests.bench.neighbours import (
    PASSWORD,
    PLAN,
    browser_of,
    fill,
    logged_in,
    measure,
    seeing,
    trigger,
)
from tests.bench.rig import Report, open_rig
from tests.live import Caller, log_in, start_server
from tests.slow_servers import mute

ROWS = 20_000
COMPANIES = "/admin/training/company/import/"
FILE = b"%PDF-1.4\n%%EOF\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each trigger")
    parser.add_argument("--writers", type=int, default=2, help="callers of the first organisation")
    parser.add_argument("--clients", type=int, default=2, help="of the other organisation")
    parser.add_argument("--rows", type=int, default=ROWS, help="of the file that is tried")
    parser.add_argument("--only", default="", help="triggers with this in their name")
    chosen = parser.parse_args()
    report = Report()
    with open_rig(tenants=2, QUALIFORMA_RATE_LIMIT="1000000") as rig, mute() as outside:
        fill(rig.tenants)
        mail = {"QUALIFORMA_SMTP_URL": f"smtp://127.0.0.1:{outside.port}"}
        bucket = {
            "QUALIFORMA_S3_BUCKET": "files",
            "QUALIFORMA_S3_ENDPOINT": f"http://127.0.0.1:{outside.port}",
            "QUALIFORMA_S3_REGION": "eu-west-3",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        triggers = {
            "trials of an import": ({}, trying(chosen.rows)),
            "exports, mute mail server": (
                mail,
                seeing("/admin/audit/auditevent/export/xlsx/", {}),
            ),
            "uploads, mute bucket": (bucket, uploading),
        }
        for name, (environment, act) in triggers.items():
            if chosen.only in name:
                beside(rig, report, name, environment, act, chosen)
    return report.end()


def beside(rig, report, name, environment, act, chosen) -> None:
    with (rig.home / "web.log").open("ab") as log:
        server = start_server(output=log, WEB_WORKERS=str(usual_processes()), **environment)
    rig.start_worker(**environment)
    logged_in.cache_clear()
    try:
        here, there = (
            log_in(server.base, one.slug, "admin@essai.fr", PASSWORD) for one in rig.tenants
        )
        acting = trigger(here, act, chosen.writers)
        measure(report, name, (here, there), acting, nullcontext(), chosen)
    finally:
        server.stop()
        rig.stop_workers()


def trying(rows: int) -> Callable[[Caller], int]:
    """Upload a file of companies to the back-office, which has it tried."""
    lines = [f"Entreprise {number}" for number in range(rows)]
    content = "\n".join(["Raison sociale", *lines]).encode()
    return lambda call: browser_of(call).upload(COMPANIES, "entreprises.csv", content)


numbers = count()


def uploading(call: Caller) -> int:
    """Attach a file to a plan of the organisation's."""
    status, answer = call("POST", "improvement-plans", PLAN)
    if status != 201:
        return status
    plan = answer["data"]["id"]
    path = f"/admin/improvements/improvementplan/{plan}/attachments/"
    return browser_of(call).upload(path, f"{next(numbers)}.pdf", FILE)


if __name__ == "__main__":
    sys.exit(main())
