"""The source's samples of paths and timelines, run by their own programs against a real server.

Only the host and the token are given; the tenant is the one that they name. TypeScript needs npm
(for the compiler that tests/contract pins) and PHP its Guzzle, which Debian has as a package.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import log_in
from tests.test_contract import installed

SAMPLES = Path(__file__).parent.parent / "samples"
GUZZLE = Path(os.environ.get("GUZZLE_AUTOLOAD", "/usr/share/php/GuzzleHttp/autoload.php"))
TENANT, ENROLLMENT = "votre-tenant", "enr_abc123"
FIRST = [
    "[2026-04-01T10:00:00Z] ENROLLMENT_CREATED   Inscription créée par admin@qualiforma.fr",
    "[2026-04-15T14:00:00Z] PRE_QUESTIONNAIRE_COMPLETED Questionnaire pré-formation rempli (score 12/20)",
]


@pytest.fixture
def call(demo_server):
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return log_in(demo_server.base, TENANT, "admin@qualiforma.fr", password)


@pytest.fixture
def sample(call):
    """The text of a sample, pointed at our server."""

    def read(name):
        code = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
        return code.replace("https://api.qualiforma.site", call.base).replace(
            "eyJhbGci...", call.token
        )

    return read


def run(*command, code):
    done = subprocess.run(
        [str(part) for part in command],
        input=code, text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_python(code, call):
    return run(sys.executable, "-", code=f"access_token = {call.token!r}\n{code}")


def in_php(code, call):
    opening = f"<?php\nrequire '{GUZZLE}';\n$accessToken = '{call.token}';\n"
    return run(shutil.which("php"), code=code.replace("<?php\n", opening, 1))


def test_the_timeline_in_python(sample, call):
    printed = in_python(sample("timeline.py"), call)
    assert re.match(r"Timeline PAF — \d+ événements\n", printed)
    for line in FIRST:
        assert line in printed


def test_a_path_in_python(sample, call):
    printed = in_python(sample("path.py"), call)
    assert re.fullmatch(r"Parcours créé : pth_[0-9a-f]{24} \(3 modules\)\n", printed)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed here")
def test_both_in_the_shell(sample):
    assert f'{{"data":{{"enrollmentId":"{ENROLLMENT}","events":[' in run(
        "sh", code=sample("timeline.sh")
    )
    assert '{"data":{"id":"pth_' in run("sh", code=sample("path.sh"))


@pytest.mark.skipif(
    not shutil.which("php") or not GUZZLE.exists(), reason="PHP or Guzzle is not installed here"
)
def test_both_in_php(sample, call):
    printed = in_php(sample("timeline.php"), call)
    assert re.match(r"Timeline PAF - \d+ evenements\n", printed)
    for line in FIRST:
        assert line in printed
    printed = in_php(sample("path.php"), call)
    assert re.fullmatch(r"Parcours cree : pth_[0-9a-f]{24} \(3 modules\)\n", printed)


STRIPPED = """
import ts from 'typescript'; import { readFileSync } from 'node:fs';
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, strict: true };
const code = readFileSync(0, 'utf8');
process.stdout.write(ts.transpileModule(code, { compilerOptions: options }).outputText);
"""
CALLS = {
    "timeline.ts": f"console.log((await getPafTimeline('{ENROLLMENT}', TOKEN, TENANT)).events.length)",
    "path.ts": "console.log((await createAdaptivePath({name: 'Essai', targetAudience: 'BEGINNER', "
    "modules: [{courseId: 'crs_excel_init', order: 1, mandatory: true, "
    "unlockCondition: 'SCORE_GTE_80'}]}, TOKEN, TENANT)).modules.length)",
}


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed here")
@pytest.mark.parametrize("name", CALLS)
def test_both_in_typescript(sample, call, request, name):
    folder = request.config.cache.mkdir("contract-node")
    installed(folder, ["package.json", "package-lock.json", ".npmrc"], ["npm", "ci"])
    script = folder / "strip.mjs"
    script.write_text(STRIPPED)
    plain = run("node", script, code=sample(name))
    given = CALLS[name].replace("TOKEN", f"'{call.token}'").replace("TENANT", f"'{TENANT}'")
    printed = run("node", "--input-type=module", "-", code=f"{plain}\n{given}\n")
    assert int(printed) >= 1
