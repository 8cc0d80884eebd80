"""The source's samples of needs analyses, run by their own programs against a real server.

Only the host and the token are given; the tenant is the one that they name.
"""

import json
import os
import re
import shutil

import pytest

from tests.compliance.test_paths_samples import GUZZLE, SAMPLES, STRIPPED, in_php, in_python, run
from tests.live import log_in
from tests.test_contract import installed

CALL = """
const sent = {companyId: 'cmp_abc123', objectives: ['Maîtriser Excel pour reporting RH'],
  currentLevel: 'BEGINNER', targetLevel: 'ADVANCED', context: 'Essai', fundingSource: 'OPCO'};
console.log(JSON.stringify(await createNeedsAnalysis(sent, 'TOKEN', 'votre-tenant')));
"""


@pytest.fixture
def admin(demo_server):
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return log_in(demo_server.base, "votre-tenant", "admin@qualiforma.fr", password)


@pytest.fixture
def read(admin):
    """The text of a sample, pointed at our server."""

    def read(name):
        code = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
        code = code.replace("https://api.qualiforma.site", admin.base)
        return code.replace("eyJhbGci...", admin.token)

    return read


def test_in_python(read, admin):
    printed = in_python(read("needs.py"), admin)
    assert re.fullmatch(r"Analyse créée : nda_[0-9a-f]{24}\nRecommandations IA : [1-9]\n", printed)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed here")
def test_in_the_shell(read):
    made = json.loads(run("sh", code=read("needs.sh")))["data"]
    assert [one["courseId"] for one in made["recommendations"] if one["order"]] == [
        "crs_excel_form", "crs_excel_init",
    ]  # fmt: skip
    listed = json.loads(run("sh", code=read("needs-list.sh")))
    assert made["id"] in [one["id"] for one in listed["data"]]
    assert {one["companyId"] for one in listed["data"]} == {"cmp_abc123"}
    assert (listed["meta"]["page"], listed["meta"]["perPage"]) == (1, 20)


@pytest.mark.skipif(
    not shutil.which("php") or not GUZZLE.exists(), reason="PHP or Guzzle is not installed here"
)
def test_in_php(read, admin):
    printed = in_php(read("needs.php"), admin)
    assert re.fullmatch(r"Analyse creee : nda_[0-9a-f]{24}\nRecommandations IA : [1-9]\n", printed)


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed here")
def test_in_typescript(read, admin, request):
    folder = request.config.cache.mkdir("contract-node")
    installed(folder, ["package.json", "package-lock.json", ".npmrc"], ["npm", "ci"])
    script = folder / "strip.mjs"
    script.write_text(STRIPPED)
    plain = run("node", script, code=read("needs.ts"))
    code = plain + CALL.replace("TOKEN", admin.token)
    made = json.loads(run("node", "--input-type=module", "-", code=code))
    assert (made["id"][:4], made["gapAnalysis"]["coverage"]) == ("nda_", 1)


def test_the_demo_shows_the_sources_analysis(admin):
    """The timeline's example: completed for this enrollment, at that instant, with that target."""
    for tenant in ("votre-tenant", "qualiforma-demo"):
        caller = log_in(
            admin.base, tenant, "admin@qualiforma.fr", os.environ["QUALIFORMA_DEMO_PASSWORD"]
        )
        _, body = caller("GET", "needs-analysis?enrollmentId=enr_abc123&status=COMPLETED")
        (one,) = body["data"]
        assert (one["completedAt"], one["targetLevel"]) == ("2026-04-02T09:30:00Z", "ADVANCED")
        assert one["companyId"] == "cmp_abc123"
        _, drafts = caller("GET", "needs-analysis?status=DRAFT")
        assert "nda_draft" in [draft["id"] for draft in drafts["data"]]
