"""What lies in deploy/ fits the code: packages, units, variables, metrics."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from django.core.management import get_commands
from prometheus_client import REGISTRY

from qualiforma import metrics
from qualiforma.jobs.metrics import queue_metrics
from qualiforma.server.variables import GROUPS
from tests.live import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())
DASHBOARD = json.loads((DEPLOY / "grafana/qualiforma.json").read_text())
VARIABLES = {one.name for variables in GROUPS.values() for one in variables}


def exposed():
    """Return every name that /metrics shows, by which Prometheus keeps it."""
    families = [*REGISTRY.collect(), *queue_metrics()]
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {f"{one.name}{end}" for one in families for end in endings.get(one.type, [""])}


def expressions():
    rules = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    return rules + [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_every_metric_named_exists(db):
    named = {name for one in expressions() for name in re.findall(r"qualiforma_\w+", one)}
    assert len(named) >= 6
    assert named <= exposed()


def test_every_metric_and_every_alert_is_explained(db):
    page = (ROOT / "docs/operating/alerts.md").read_text()
    ours = {name for name in exposed() if name.startswith("qualiforma_")}
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in ours}
    alerts = [rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]]
    for name in [*families, *alerts]:
        assert f"`{name}`" in page or f"## {name}\n" in page, name


def test_labels_are_those_of_the_metrics():
    labels = {*metrics.REQUEST, "code", "queue", "state", "le"}
    for one in expressions():
        for by in re.findall(r"by \(([\w, ]+)\)", one):
            assert set(by.split(", ")) <= labels, one


def test_the_image_holds_the_code_and_runs_as_nobody_in_particular():
    copied = set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert copied == packages | {"locale", "templates"}
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    assert "HEALTHCHECK" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)
    assert "*" in ignored


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not installed")
def test_the_image_s_file_is_linted():
    subprocess.run(["hadolint", DEPLOY / "Dockerfile"], check=True)


def test_compose_names_what_exists():
    files = {path.name for path in DEPLOY.iterdir()} | {path.name for path in UNITS}
    assert {"Caddyfile", "database.sh", "database.sql", "Dockerfile"} <= files
    for name, service in COMPOSE["services"].items():
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"], name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith(("./", "${BACKUPS")), volume
        if service.get("image") == "qualiforma":
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert service["command"][0] in {*get_commands(), "--help"}
            assert {key.removesuffix("_FILE") for key in service["environment"]} <= VARIABLES


def test_only_who_needs_the_owner_has_its_address():
    holders = {
        name
        for name, service in COMPOSE["services"].items()
        if "DATABASE_OWNER_URL_FILE" in service.get("environment", {})
    }
    assert holders == {"owner-worker", "manage"}
    units = {path.name for path in UNITS if "owner.env" in path.read_text()}
    assert units == {"qualiforma-owner-worker.service", "qualiforma-backup.service"}


def test_units_run_commands_that_exist():
    for path in UNITS:
        for command in re.findall(r"^ExecStart=.*manage\.py (\S+)", path.read_text(), re.MULTILINE):
            assert command in get_commands()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_units_are_understood_by_systemd(tmp_path):
    for path in UNITS:
        text = path.read_text().replace("/opt/qualiforma/.venv/bin/python", "/bin/true")
        (tmp_path / path.name.replace("@.", "@1.")).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []


def test_the_guide_sends_a_password_where_there_is_no_terminal():
    """`systemd-run --pipe` has none; Compose's `run` has one, which is asked."""
    guide = (ROOT / "docs/operating/install.md").read_text()
    commands = [line for line in guide.splitlines() if "manage create_user" in line]
    by_pipe = [line for line in commands if not line.startswith("docker")]
    assert len(by_pipe) == 2
    assert all(line.startswith("echo") and "--password-stdin" in line for line in by_pipe)
