"""Exports through real worker processes, a real SMTP server and a spreadsheet program."""

import json
import re
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from actionplans import services
from actionplans.exports.models import PlanExport
from actionplans.services import PlanDraft
from actionplans.states import State, Visibility
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from tests import live
from tests.actionplans.factories import make_action, make_note
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.jobs import make_due
from tests.live import wait_until
from tests.workers import put_off

TITLES = ("a/b", "=1+1", "History", "x" * 60, "x" * 60, "🎉 Fête", "خطة تحسين", "Suivi\tlivret")


@pytest.fixture
def company(django_db_setup, django_db_blocker):
    """A tenant with two managers and a plan, all committed."""
    with (
        django_db_blocker.unblock(),
        committed_tenant("exports") as tenant,
        tenant_context(tenant),
    ):
        people = [
            accounts.create_user(
                email=f"{name}@exports.fr", name=name, role="MANAGER", password=PASSWORD
            )
            for name in ("Ana", "Ben")
        ]
        actor = Actor.of(people[0])
        draft = PlanDraft(title="Accueil", description="", visibility=Visibility.PUBLIC)
        plan = services.create_plan(draft=draft, actor=actor)
        for title in TITLES:
            action = make_action(plan, {people[0].pk: State.PENDING}, title=title)
            make_note(action, text="=SOMME(A1)", author_id=people[0].pk)
        yield plan


def test_killed_at_each_step_it_is_done_again_and_mailed_once(workers, company, mailbox):
    """The mail server is away until it has been looked for in vain for both."""
    for person in ("Ana", "Ben"):
        actor = Actor.of(User.objects.get(name=person))
        services.request_export(plan=company, actor=actor)
    workers.start("writing", "stored", "finished", "composing", "sending")
    wait_until(lambda: workers.left() == ["sending"] and put_off() == 2, seconds=240)
    mailbox.start()
    make_due()
    wait_until(lambda: len(mailbox.messages) >= 2, seconds=240)
    assert not workers.left()
    assert sorted(one["To"] for one in mailbox.messages) == ["ana@exports.fr", "ben@exports.fr"]
    files = PlanExport.objects.values_list("file_key", flat=True)
    assert len(set(files)) == 2


@pytest.mark.filterwarnings("ignore:.*extension is not supported")  # LibreOffice writes some
def test_from_the_call_to_the_spreadsheet(workers, company, mailbox, tmp_path):
    mailbox.start()
    server = live.start_server()
    try:
        caller = live.log_in(server.base, "exports", "ana@exports.fr", PASSWORD)
        caller = replace(caller, patience=20)  # twenty at once may be sent away
        path = f"company/action-plans/{company.pk}"
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: caller("POST", f"{path}/excel"), range(20)))
        assert answers == [(200, None)] * 20
        assert PlanExport.objects.count() == 1
        workers.start()
        wait_until(lambda: mailbox.messages, seconds=120)
        content = fetched(mailbox.messages[0], server)
        _, plan = caller("GET", path)
    finally:
        server.stop()
    (tmp_path / "plan.xlsx").write_bytes(content)
    assert len(mailbox.messages) == 1
    check_book(load_workbook(BytesIO(content)), plan)
    check_book(load_workbook(through_libreoffice(tmp_path)), plan)


def fetched(message, server):
    """Follow the link as a browser without any session would."""
    text = message.get_body(("plain",)).get_content()
    [path] = re.findall(r"/links/export/\S+", text)
    with urllib.request.urlopen(server.base + path, timeout=20) as answer:
        return answer.read()


def through_libreoffice(folder):
    """Have LibreOffice open the workbook and save it as its own program would."""
    command = [
        *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"),
        *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "out"),
        folder / "plan.xlsx",
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert (folder / "out/plan.xlsx").exists(), done.stderr.decode()
    return folder / "out/plan.xlsx"


def check_book(book, plan):
    """The workbook says of each action what the API says."""
    summary = book.worksheets[0]
    rows = summary.iter_rows(7, 6 + len(plan["actions"]), max_col=7)
    for row, action in zip(rows, plan["actions"], strict=True):
        title = action["title"].replace("\t", "\t")
        assert (row[1].value, row[6].value) == (title, action["completionPercent"] / 100)
        assert row[2].value == "À faire"
        sheet = book[row[1].hyperlink.location.rpartition("!")[0].strip("'").replace("$", "")]
        check_sheet(sheet, action)


def check_sheet(sheet, action):
    fields = {row[0].value: row[1].value for row in sheet.iter_rows(4, 22)}
    assert sheet["A1"].value == action["title"]
    assert (fields["Description"] or "") == (action["description"] or "")
    assert fields["Identifiant"] == action["id"]
    assert fields["Identifiant du plan"] == action["planId"]
    assert fields["Notes"] == action["notesCount"] == 1
    assert fields["En retard"] == ("Oui" if action["overdue"] else "Non")
    assert "=SOMME(A1)" in [one.value for row in sheet.iter_rows(23) for one in row]
    assert not [one for row in sheet.iter_rows() for one in row if one.data_type == "f"]
    assert json.dumps(action)
