"""The public API's own samples, run by their own programs against a real server.

Only host, token and the shell's unquoted `&` are changed; deleting and closing in each language
need a plan of their own in the state that allows it.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

SAMPLES = Path(__file__).parent / "samples"
PROGRAMS = {"sh": ["sh"], "js": ["node", "--input-type=module"], "py": [sys.executable, "-"]}
PLAN = "imp_8f3b21"
KEYS = {
    "list": {"data", "meta"},
    "detail": {"data"},
    "create": {"data"},
    "update": {"data"},
    "add-action": {"data"},
    "update-action": {"data"},
    "stats": {"data"},
    "close": {"data"},
}


@pytest.fixture(params=PROGRAMS)
def language(request):
    program = "curl" if request.param == "sh" else PROGRAMS[request.param][0]
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed here; CI installs it")
    return request.param


@pytest.fixture
def run(demo_server, demo_admin, language):
    """Run a sample; return what it printed, the status first."""

    def run(name, plan=PLAN):
        code = (SAMPLES / f"{name}.{language}.txt").read_text(encoding="utf-8")
        code = code.replace("https://api.qualiforma.site", demo_server.base)
        code = code.replace("YOUR_ACCESS_TOKEN", demo_admin.token).replace(PLAN, plan)
        done = subprocess.run(
            PROGRAMS[language], input=adapted(code, language), text=True, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    return run


def adapted(code, language):
    """Make the outcome readable: print JSON with the status, and no body where there is none."""
    if language == "sh":
        code = re.sub(r"(http://\S+)", r"'\1'", code, count=1)
        return code.replace("curl ", "curl -sS -w '\\n%{http_code}\\n' ", 1)
    if language == "js":
        code = code.replace("const data = await response.json();\nconsole.log(data);", "")
        return code + "console.log(await response.text() + '\\n' + response.status)\n"
    code = code.replace("data = response.json()\nprint(data)", "")
    return code + "print(response.text + '\\n' + str(response.status_code))\n"


def read(printed):
    body, status = printed.rstrip().rsplit("\n", 1)
    return int(status), json.loads(body)


STATUS = {"create": 201, "add-action": 201}


@pytest.mark.parametrize(
    "name", ["list", "detail", "create", "update", "add-action", "update-action", "stats"]
)
def test_a_sample_answers_as_documented(run, name):
    status, body = read(run(name))
    assert status == STATUS.get(name, 200)
    assert set(body) == KEYS[name]


def test_the_detail_sample_shows_the_documented_plan(run):
    _, body = read(run("detail"))
    assert body["data"]["title"] == "Améliorer la prise en charge du support N1"
    assert [one["id"] for one in body["data"]["actions"]][:2] == ["act_001", "act_002"]


def test_the_plan_in_progress_is_neither_deleted_nor_closed(run, demo_admin):
    demo_admin("PATCH", f"improvement-plans/{PLAN}/actions/act_002", {"status": "IN_PROGRESS"})
    for name, code in (("delete", "PLAN_NOT_DELETABLE"), ("close", "OPEN_ACTIONS")):
        printed = run(name)
        assert "409" in printed
        assert code in printed or "Conflict" in printed  # Python raises before the body is shown


def test_delete_of_a_draft(run, demo_admin):
    plan = new_plan(demo_admin)
    assert run("delete", plan).strip().endswith("204")
    assert demo_admin("GET", f"improvement-plans/{plan}")[0] == 404


def test_close_once_every_action_is_settled(run, demo_admin, django_db_blocker):
    plan = new_plan(demo_admin)
    demo_admin("PATCH", f"improvement-plans/{plan}", {"status": "IN_PROGRESS"})
    default_storage.save(
        f"tenants/qf-demo/improvements/{plan}/report.pdf", ContentFile(b"%PDF-1.7")
    )
    status, body = read(run("close", plan))
    assert (status, body["data"]["status"]) == (200, "COMPLETED")
    assert next(iter(body["data"])) == "id"
    assert body["data"]["closedAt"]


def new_plan(admin):
    body = {
        "title": "Plan d’essai",
        "trigger": "AUDIT",
        "targetDate": "2026-12-31",
        "owner": "usr_admin01",
    }
    status, answer = admin("POST", "improvement-plans", body)
    assert status == 201
    return answer["data"]["id"]
