"""Schemathesis against a real server, as each role, every check on.

Bounded here; `make test-long` runs 20,000 examples. Each run has a tenant of its own: what the
fuzzer changes nobody else uses, and its own account is not among the ids it is given.
"""

import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from compliance.states import AuditStatus, Judgement
from qualiforma.accounts import services as accounts
from qualiforma.provisioning import services as tenants
from qualiforma.ratelimit.models import Counter
from qualiforma.tenants.context import tenant_context
from tests import live
from tests.cast import PASSWORD
from tests.compliance.audit_factories import make_audit, make_finding
from tests.compliance.evidence_factories import make_bundle_export
from tests.qualiforma.webhooks.rows import make_their_webhooks

CONFIG = Path(__file__).parent / "fuzz" / "schemathesis.toml"
ENDS_THE_SESSION = "/api/v1/auth/logout"
# What calls of ADMIN's need not achieve: these need a secret, a plan whose actions are all done, or a file.
NEVER = {
    *("login", "logout", "refreshSession", "changePassword", "confirmPasswordReset"),
    *("openCompanySession", "deleteActionNote"),  # a password; a note of one's own
    *("closeImprovementPlan", "addAttachment", "deleteAttachment", "addEvidenceVersion"),
    *("addComplaintAttachment", "deleteComplaintAttachment"),
    "addActionEvidence",
    *("updateAttachment", "checkImprovementPlanEffectiveness"),  # a file; results of that very plan
    *("correctFinding", "liftFinding"),  # a day between two others
    # What came before may have taken the record away.
    *("judgeIndicators", "revokeActionPlanCalendar"),
    "deleteAdaptivePath",  # by then it has given each of them to somebody
}
ROLES = ("ADMIN", "MANAGER", "TRAINER", "LEARNER", "AUDITOR")


@pytest.fixture(scope="module")
def fuzzed(demo_server, django_db_blocker):
    """Logs in as a role, to a new tenant that holds the demo's records."""

    def log_in(role):
        # Not a number of this module's: a process may come to it twice, with other tests between.
        slug = f"fuzz-{secrets.token_hex(6)}"
        email = f"{role.lower()}@fuzz.fr"
        with (
            django_db_blocker.unblock(),
            tenant_context(tenants.create_tenant(slug=slug, name="Fuzz")),
        ):
            for loader in settings.DEMO_LOADERS:
                import_string(loader)("votre-tenant")
            make_named_records()
            accounts.create_user(email=email, name=role, role=role, password=PASSWORD)
            Counter.objects.all().delete()  # the run before tried many passwords
        return live.log_in(demo_server.base, slug, email, PASSWORD)

    return log_in


def make_named_records():
    """What `schemathesis.toml` names and the demo has not."""
    by: Any = {"created_by_id": "usr_admin01"}
    make_audit(id="aud_planned", status=AuditStatus.PLANNED, **by)
    make_audit(id="aud_other", status=AuditStatus.PLANNED, **by)
    make_audit(id="aud_8f3b21", **by)  # the examples'
    make_audit(id="aud_judged", judged={1: Judgement.SATISFACTORY}, **by)
    make_finding(id="fnd_open", notified_on=timezone.localdate(), **by)
    corrected = {"status": "CORRECTED", "corrected_on": timezone.localdate()}
    make_finding(id="fnd_corrected", notified_on=timezone.localdate(), **corrected, **by)
    make_bundle_export(id="exp_routes", requested_by_id="usr_admin01")
    endpoint = make_their_webhooks().endpoint
    endpoint.pk = "whe_spare"
    endpoint.save(force_insert=True)


@dataclass(frozen=True)
class Run:
    """One run of the fuzzer: as whom, how much, and which operations; its files' own folder."""

    call: Any
    folder: Path
    examples: int
    phases: str
    only: tuple[str, ...] = ("--exclude-path", ENDS_THE_SESSION)

    def words(self, contract):
        """Return the command's words."""
        call = self.call
        return [
            *("--config-file", str(CONFIG), "run", str(contract), "--url", call.base),
            *("--header", f"X-Tenant-ID: {call.tenant}"),
            *("--header", f"Authorization: Bearer {call.token}"),
            # The server lets idle connections go: none is kept that it could close under a call.
            *("--header", "Connection: close"),
            *("--max-examples", str(self.examples), "--phases", self.phases, "--seed", "20261121"),
            *("--request-timeout", "20", "--continue-on-failure", "--no-color", "--warnings=off"),
            *("--generation-database", "none"),  # nothing runs here a second time
            *(*self.only, "--report", "har", "--report-har-path", str(self.folder / "calls.har")),
        ]

    def failures(self):
        """Return the failures without the warnings that follow them."""
        printed = (self.folder / "printed").read_text()
        found = re.search(r"=+ FAILURES =+(.*?)=+ (?:WARNINGS|SUMMARY) =+", printed, re.DOTALL)
        return (found[1] if found else printed)[-6000:]


def schemathesis(runs, tmp_path):
    """Run the fuzzer in one process; return what failed, by the run's folder."""
    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps(told_as_parameter(runs[0].call("GET", "schema")[1])))
    given = [
        {
            "words": run.words(contract),
            "caller": run.call("GET", "auth/me")[1]["data"]["id"],
            "printed": str(run.folder / "printed"),
        }
        for run in runs
    ]
    (tmp_path / "runs.json").write_text(json.dumps(given))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.several", str(tmp_path / "runs.json")],
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "PYTHONPATH": str(CONFIG.parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=3000 * len(runs),
    )
    assert done.returncode == 0, done.stderr
    statuses = zip(runs, json.loads(done.stdout), strict=True)
    return {run.folder.name: run.failures() for run, status in statuses if status}


def told_as_parameter(contract):
    """The contract with the tenant's header as a required parameter, no security scheme.

    Calls without identity then still name their tenant: they are to be refused with 401, while the
    header's absence is refused with 400 before that.
    """
    scheme = contract["components"]["securitySchemes"].pop("tenantHeader")
    # The value is stated by --header, whatever the fuzzer has.
    stated = {"required": True, "schema": {"type": "string"}}
    contract["components"]["securitySchemes"].pop(
        "sessionId"
    )  # made up, it would be the one that counts
    for owner in (contract, *operations(contract)):
        if {"sessionId": []} in owner.get("security", ()):
            owner["security"].remove({"sessionId": []})
        for needed in owner.get("security", ()):
            needed.pop("tenantHeader", None)
    for operation in operations(contract):
        for parameter in operation["parameters"]:
            if parameter["name"] == scheme["name"]:
                parameter.update(stated)
                parameter.pop("example")
            if parameter["name"] == "If-Match":  # the example's version is hardly the present one
                parameter.pop("example", None)
    return contract


def never_succeeded(run):
    """The operations no call of which was answered 2xx: of these the fuzzer saw the refusals only."""
    calls = json.loads((run.folder / "calls.har").read_text())["log"]["entries"]
    done = {
        (call["request"]["method"], urlsplit(call["request"]["url"]).path)
        for call in calls
        if 200 <= call["response"]["status"] < 300
    }
    missing = set()
    contract = json.loads((run.folder.parent / "contract.json").read_text())
    for path, methods in contract["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in methods.items():
            if not any(m == method.upper() and pattern.fullmatch(p) for m, p in done):
                missing.add(operation["operationId"])
    return missing


def operations(contract):
    return [operation for methods in contract["paths"].values() for operation in methods.values()]


def test_every_check_holds(fuzzed, tmp_path):
    """In samples, as each role; each edge of the contract is tried by `test_twenty_thousand_examples`.

    What ends the session is called in a run by itself: after it, everything is 401.
    """
    runs = [
        Run(fuzzed(role), new(tmp_path / role), 3 if role == "ADMIN" else 1, "examples,fuzzing")
        for role in ROLES
    ]
    only = ("--include-path", ENDS_THE_SESSION)
    ends = Run(fuzzed("ADMIN"), new(tmp_path / "ends"), 20, "coverage,fuzzing", only)
    assert schemathesis([*runs, ends], tmp_path) == {}
    assert never_succeeded(runs[0]) <= NEVER
    assert "logout" not in never_succeeded(ends)


def new(folder):
    folder.mkdir()
    return folder


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_twenty_thousand_examples(fuzzed, tmp_path, role):
    """22 operations, five roles: about 4,400 examples each, and every edge besides."""
    phases = "examples,coverage,fuzzing,stateful"
    run = Run(fuzzed(role), new(tmp_path / role), 200, phases)
    assert schemathesis([run], tmp_path) == {}
