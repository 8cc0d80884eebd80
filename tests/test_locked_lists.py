"""The locked lists install whole and alone, with the oldest pip that a supported Python brings.

Run by `make check`, hence not again by `make test`; each list goes into an empty environment through the Makefile's own rules.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.long
ROOT = Path(__file__).parent.parent
# The pip that ensurepip of Python 3.11.0 installs.
OLDEST_PIP = """pip==22.3 \\
    --hash=sha256:1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab
"""
LISTS = {
    "base": "requirements/base.txt",
    "dev": "requirements/dev.txt",
    "sbom": "requirements/sbom.txt",
    "contract": "tests/contract/requirements.txt",
}


# Nothing of what is installed here runs but pip.
UNCOMPILED = os.environ | {"PIP_NO_COMPILE": "1"}


def run(*command: object) -> str:
    done = subprocess.run(
        [str(one) for one in command],
        cwd=ROOT,
        env=UNCOMPILED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pinned(path: Path) -> dict[str, str]:
    """Return the version of each package that the list has for this platform."""
    lines = re.findall(r"^[a-zA-Z0-9].*?(?= \\$|$)", path.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [Requirement(line) for line in lines]
    return {
        normalized(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate()
    }


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(python: Path) -> dict[str, str]:
    lines = run(python, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze")
    pairs = (line.split("==") for line in lines.split())
    return {normalized(name): version for name, version in pairs}


@pytest.mark.parametrize("name", LISTS)
def test_list_installs_exactly_what_it_pins(name, tmp_path):
    environment = tmp_path / "venv"
    python = environment / "bin/python"
    run(sys.executable, "-m", "venv", environment)
    oldest = tmp_path / "pip.txt"
    oldest.write_text(OLDEST_PIP, encoding="utf-8")
    run(python, "-m", "pip", "-q", "install", "--require-hashes", "-r", oldest)
    before = installed(python)
    assert before["pip"] == "22.3"

    run("make", f"VENV={environment}", environment / f".{name}")

    assert installed(python) == before | pinned(ROOT / LISTS[name])


def test_the_bill_of_materials_names_every_locked_package(tmp_path):
    target = tmp_path / "sbom.json"
    run("make", f"VENV={tmp_path}/venv", "sbom", f"SBOM={target}")
    bill = json.loads(target.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "qualiforma")
    text = (ROOT / LISTS["base"]).read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    assert {(one["name"], one["version"]) for one in bill["components"]} == set(locked)
    assert all(one["externalReferences"][0]["hashes"] for one in bill["components"])
