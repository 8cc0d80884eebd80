"""Every page under `/admin/`, by axe (WCAG 2.2 AA), light and dark, in both languages, and at 320 px.

axe-core comes from npm by its hash (tests/axe) and is put into the page by the browser's driver,
past the policy, which lets no such script in.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.chromium import needs_chromium, visit
from tests.test_pages_browser import log_in

SOURCES = Path(__file__).parent / "axe"
pytestmark = [
    pytest.mark.long,
    needs_chromium,
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed here"),
]
PLAN = "improvements/improvementplan"
TRAINING = (
    *("company/", "company/add/", "course/", "course/add/", "course/crs_excel_init/change/"),
    *("enrollment/", "enrollment/add/", "enrollment/enr_abc123/change/"),
    *("enrollment/enr_sst_nocert/certificate/", "certificate/", "certificate/crt_abc123/change/"),
    *("trainingsession/", "trainingsession/add/", "trainingsession/ses_excel_1/change/"),
    "trainingsession/ses_excel_1/sheet/",
    *("attendance/", "attendance/add/?session=ses_excel_1"),
    *("signature/", "signature/add/?session=ses_excel_1"),
    *("questionnaire/", "questionnaire/add/", "questionnaire/qst_pre_excel/change/"),
    *("submission/", "submission/add/?questionnaire=qst_satisfaction"),
    "submission/sub_abc123_pre/change/",
)
PAGES = (
    "",
    "password_change/",
    "samples/",
    "compliance/link-evidence/?record_type=COMPLAINT&record_id=cmp_a1b2c3",
    "compliance/organisation/logo/",
    "find/",
    "find/?q=retard",
    "calendars/",
    "webhooks/",
    "webhooks/add/",
    "calendars/?type=IMPROVEMENT_PLAN&id=imp_8f3b21",
    "me/",
    "me/IMPROVEMENT_PLAN/act_6ab520b16a75b508972c255e/",
    f"{PLAN}/",
    f"{PLAN}/?q=zzz",
    f"{PLAN}/add/",
    f"{PLAN}/imp_8f3b21/change/",
    f"{PLAN}/imp_8f3b21/attachments/",
    f"{PLAN}/imp_8f3b21/history/",
    f"{PLAN}/imp_673b32cfdbc529331dcd327f/change/",
    f"{PLAN}/?deleted=true",
    *(f"{PLAN}/imp_8f3b21/move/{name}/" for name in ("close", "give-up", "delete", "start")),
    "improvements/complaint/",
    "improvements/complaint/add/",
    "improvements/complainttheme/",
    *(f"improvements/{name}/" for name in ("risk", "risk/matrix", "risk/add", "riskreview")),
    "improvements/risk/rsk_8f3b21/change/",
    "improvements/riskreview/rrv_8f3b21/change/",
    "improvements/riskreview/add/",
    *(f"improvements/complainttheme/thm_accueil/{name}/" for name in ("change", "remove")),
    "actionplans/actionplan/",
    "actionplans/actionplan/add/",
    *(f"actionplans/actionplan/507f1f77bcf86cd799439011/{name}/" for name in ("change", "remove")),
    "actionplans/action/",
    "actionplans/action/board/",
    "actionplans/action/add/?plan=507f1f77bcf86cd799439011",
    *(f"actionplans/action/64f8a0e2d5b7c9a1e3f4a5b6/{name}/" for name in ("change", "remove")),
    "actionplans/area/",
    *(f"actionplans/area/64f8a0e2d5b7c9a1e3f4a5b7/{name}/" for name in ("change", "remove")),
    "actionplans/group/",
    "actionplans/planexport/",
    "improvements/complaint/cmp_a1b2c3/change/",
    "audit/auditevent/",
    "audit/auditevent/?q=zzz&since=x",
    "audit/auditevent/1/change/",
    "nowhere/",
    "compliance/needsanalysis/",
    "compliance/needsanalysis/add/",
    "compliance/needsanalysis/nda_8f3b21/change/",
    "compliance/needsanalysis/nda_draft/change/",
    "compliance/needsanalysis/nda_draft/complete/",
    "accounts/user/",
    "accounts/user/add/",
    "accounts/user/usr_lead02/change/",
    "compliance/adaptivepath/",
    "compliance/adaptivepath/add/",
    "compliance/adaptivepath/pth_5Fexcel_5Fdebutant/change/",
    "compliance/adaptivepath/pth_5Fexcel_5Fdebutant/assign/",
    "compliance/adaptivepath/pth_5Fprevention/remove/",
    "compliance/evidence/",
    "compliance/evidence/add/?kind=RECORD&record_type=ENROLLMENT&record_id=enr_abc123",
    *(f"compliance/evidence/evd_8f3b21/{name}/" for name in ("change", "history", "versions")),
    *(f"compliance/evidence/evd_8f3b21/{name}/" for name in ("review", "withdraw")),
    "compliance/evidence/evd_old/change/",
    "compliance/audit/",
    "compliance/audit/add/",
    *(f"compliance/audit/aud_5F8f3b21/{name}/" for name in ("change", "compare")),
    "compliance/audit/aud_5Finterne/grid/",
    "compliance/finding/",
    "compliance/finding/add/",
    *(f"compliance/finding/fnd_5F21/{name}/" for name in ("change", "plan", "correct", "lift")),
    "compliance/organisation/",
    "compliance/readiness/",
    "training/enrollment/enr_5Fexcel_5Flate/timeline/",
    "training/enrollment/enr_5Fexcel_5Flate/information/",
    "accounts/user/import/",
    "training/company/export/",
    *(f"training/{page}" for page in TRAINING),
)
CLIENTS = "Raison sociale;SIRET;Humeur\nAtelier du Port;;\nMairie;123;\n"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => (await axe.run(document, {runOnly: tags})).violations.map(
  one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')}`)"""
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def axe(request):
    """The script, as the lock file's hash has it."""
    folder = request.config.cache.mkdir("axe")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(SOURCES / name, folder)
    subprocess.run([str(shutil.which("npm")), "ci"], cwd=folder, check=True, capture_output=True)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def faults(page, axe):
    """What axe finds and what hangs over, wide and narrow."""
    found = []
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(axe)
        found += [f"{width}: {one}" for one in page.evaluate(RUN, TAGS)]
        if (too_wide := page.evaluate(TOO_WIDE)) > 0:
            found.append(f"{width}: {too_wide} px too wide")
    return found


def tried(page, host):
    """The page that shows what an import would do, with a refused row and a notice."""
    page.goto(f"http://{host}/admin/training/company/import/", wait_until="networkidle")
    file = {"name": "clients.csv", "mimeType": "text/csv", "buffer": CLIENTS.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("form button.qf-first")
    page.wait_for_url("**/import/rim_*/")
    page.wait_for_load_state("networkidle")
    return page


def added(page, host):
    """The page of a webhook endpoint that was just added, with its secret and a delivery."""
    page.goto(f"http://{host}/admin/webhooks/add/", wait_until="networkidle")
    page.fill("[name=url]", "https://si.exemple.fr/hooks")
    page.locator("[name=event_types]").first.check()
    page.click("form button.qf-first")
    page.wait_for_selector("#copied")
    return page


def asked(page, host):
    """The page that asks before many drafts are deleted."""
    page.goto(f"http://{host}/admin/{PLAN}/", wait_until="networkidle")
    page.locator("input.action-select").first.check()
    page.select_option("select[name=action]", "delete_each")
    page.locator("[name=index]:visible").first.click()
    page.wait_for_selector("#chosen-title")
    return page


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(demo_server, axe, scheme, language):
    host = f"qualiforma-demo.localhost:{demo_server.port}"
    found = {}
    with visit(locale=language, color_scheme=scheme, bypass_csp=True) as visitor:
        page = visitor.page
        page.goto(f"http://{host}/admin/login/", wait_until="networkidle")
        found["login"] = faults(page, axe)
        log_in(page, host, password="not this one")
        found["refused"] = faults(page, axe)
        log_in(page, host)
        for path in PAGES:
            page.goto(f"http://{host}/admin/{path}", wait_until="networkidle")
            assert page.url.endswith(path)
            found[path or "home"] = faults(page, axe)
        page.set_viewport_size({"width": 1280, "height": 900})
        found["asked"] = faults(asked(page, host), axe)
        page.set_viewport_size({"width": 1280, "height": 900})
        found["added webhook"] = faults(added(page, host), axe)
        page.locator("[name=act][value=test]").click()
        page.wait_for_selector("table.qf-table")
        found["webhook"] = faults(page, axe)
        page.locator("[name=act][value=delete]").click()
        page.set_viewport_size({"width": 1280, "height": 900})
        found["tried import"] = faults(tried(page, host), axe)
    assert {path: one for path, one in found.items() if one} == {}
