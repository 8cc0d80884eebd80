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


def schemathesis(call, tmp_path, *only, examples, phases):
    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps(told_as_parameter(call("GET", "schema")[1])))
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(str(contract), "--url", call.base),
            *("--header", f"X-Tenant-ID: {call.tenant}"),
            *("--header", f"Authorization: Bearer {call.token}"),
            # The server lets idle connections go: none is kept that it could close under a call.
            *("--header", "Connection: close"),
            *("--max-examples", str(examples), "--phases", phases, "--seed", "20261121"),
            *("--request-timeout", "20", "--continue-on-failure", "--no-color", "--warnings=off"),
            *(only or ("--exclude-path", ENDS_THE_SESSION)),
            *("--report", "har", "--report-har-path", str(tmp_path / "calls.har")),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "PYTHONPATH": str(CONFIG.parents[2]),
            "FUZZER_ID": call("GET", "auth/me")[1]["data"]["id"],
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=3000,
    )


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


def never_succeeded(tmp_path):
    """The operations no call of which was answered 2xx: of these the fuzzer saw the refusals only."""
    calls = json.loads((tmp_path / "calls.har").read_text())["log"]["entries"]
    done = {
        (call["request"]["method"], urlsplit(call["request"]["url"]).path)
        for call in calls
        if 200 <= call["response"]["status"] < 300
    }
    missing = set()
    for path, methods in json.loads((tmp_path / "contract.json").read_text())["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in methods.items():
            if not any(m == method.upper() and pattern.fullmatch(p) for m, p in done):
                missing.add(operation["operationId"])
    return missing


def failures_of(output):
    """Return the failures of a run without the warnings that follow them."""
    found = re.search(r"=+ FAILURES =+(.*?)=+ (?:WARNINGS|SUMMARY) =+", output, re.DOTALL)
    return (found[1] if found else output)[-6000:]


def operations(contract):
    return [operation for methods in contract["paths"].values() for operation in methods.values()]


@pytest.mark.parametrize("role", ROLES)
def test_every_check_holds(fuzzed, tmp_path, role):
    """In samples; each edge of the contract is tried by `test_twenty_thousand_examples`."""
    is_admin = role == "ADMIN"
    phases = "examples,fuzzing"
    done = schemathesis(fuzzed(role), tmp_path, examples=3 if is_admin else 1, phases=phases)
    assert done.returncode == 0, failures_of(done.stdout)
    if is_admin:
        assert never_succeeded(tmp_path) <= NEVER


def test_every_check_holds_where_the_session_ends(fuzzed, tmp_path):
    """By itself: after it, everything is 401."""
    only = ("--include-path", ENDS_THE_SESSION)
    done = schemathesis(fuzzed("ADMIN"), tmp_path, *only, examples=20, phases="coverage,fuzzing")
    assert done.returncode == 0, failures_of(done.stdout)
    assert "logout" not in never_succeeded(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_twenty_thousand_examples(fuzzed, tmp_path, role):
    """22 operations, five roles: about 4,400 examples each, and every edge besides."""
    phases = "examples,coverage,fuzzing,stateful"
    done = schemathesis(fuzzed(role), tmp_path, examples=200, phases=phases)
    (tmp_path / "printed").write_text(done.stdout)
    assert done.returncode == 0, failures_of(done.stdout)
