"""Exports from the call to the purge. The worker's faults are in test_export_worker.py."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client as Browser
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from actionplans import services
from actionplans.exports.models import ExportState
from actionplans.states import Visibility
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.exports.lifecycle import ExportGoneError
from qualiforma.files import tenant_folder
from qualiforma.links import make_link
from qualiforma.tenants.context import current_tenant, open_tenant
from tests.actionplans.factories import make_action, make_plan
from tests.cast import ALICE, MONA
from tests.jobs import queued, run_jobs

ADMIN = Actor(ALICE.id, ALICE.name, Role.ADMIN)
MANAGER = Actor(MONA.id, MONA.name, Role.MANAGER)


@pytest.fixture
def plan(acme):
    plan = make_plan(title="Mieux accueillir", visibility=Visibility.PUBLIC)
    make_action(plan, title="Livret")
    return plan


@pytest.fixture
def export(plan):
    return services.request_export(plan=plan, actor=MANAGER)


def link_in(mail):
    return next(word for word in mail.body.split() if "/links/export/" in word)


@dataclass
class Answer:
    """What a link answered, read to its end."""

    status: int
    name: str
    content: bytes

    def book(self):
        return load_workbook(BytesIO(self.content))


def fetched(link, language="fr"):
    """Follow a link as a browser without session; what was open stays open."""
    tenant = current_tenant()
    answer: Any = Browser().get("/" + link.split("/", 3)[3], HTTP_ACCEPT_LANGUAGE=language)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    open_tenant(tenant)
    return Answer(answer.status_code, answer.get("Content-Disposition", ""), content)


@pytest.mark.usefixtures("each_storage")
def test_the_file_arrives_by_mail(export, mails):
    (mail,) = mails()
    assert mail.to == [MONA.email]
    assert mail.subject == "Votre export : Mieux accueillir"
    answer = fetched(link_in(mail))
    assert answer.status == 200
    assert answer.name.startswith('attachment; filename="Mieux-accueillir-')
    assert answer.book().sheetnames == ["Synthèse", "Livret"]
    export.refresh_from_db()
    assert (export.state, export.downloads) == (ExportState.READY, 1)
    assert default_storage.size(export.file_key) == export.size


def test_it_speaks_the_callers_language(plan, mails):
    with override("en"):
        services.request_export(plan=plan, actor=MANAGER)
    (mail,) = mails()
    assert mail.subject == "Your export: Mieux accueillir"
    book = fetched(link_in(mail)).book()
    assert book.sheetnames[0] == "Summary"


def test_asked_for_again_while_queued_it_is_one(plan, export):
    assert services.request_export(plan=plan, actor=MANAGER) == export
    assert services.request_export(plan=plan, actor=ADMIN) != export
    assert len(queued()) == 2
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert services.request_export(plan=plan, actor=MANAGER) != export


def test_once_made_it_can_be_asked_for_again(plan, export, mails):
    assert len(mails()) == 1
    services.request_export(plan=plan, actor=MANAGER)
    assert len(mails()) == 2


def test_a_repeated_job_makes_no_second_mail(export, mails):
    assert len(mails()) == 1
    services.make_export(export_id=export.pk)
    assert len(mails()) == 1


@pytest.mark.usefixtures("each_storage")
def test_a_file_cut_short_is_replaced(export, mails):
    folder = tenant_folder("exports", export.pk)
    today = timezone.localdate().isoformat()
    default_storage.save(f"{folder}Mieux-accueillir-{today}.xlsx", ContentFile(b"half"))
    (mail,) = mails()
    assert fetched(link_in(mail)).book()


def test_a_plan_deleted_meanwhile_ends_it_quietly(plan, export, mails):
    services.delete_plan(plan=plan, actor=ADMIN)
    assert mails() == []
    export.refresh_from_db()
    assert export.state == ExportState.DROPPED


def test_a_caller_deactivated_meanwhile_gets_nothing(export, mails):
    User.objects.filter(pk=MONA.id).update(is_active=False)
    assert mails() == []
    export.refresh_from_db()
    assert export.state == ExportState.DROPPED


def test_a_plan_hidden_meanwhile_ends_it_too(plan, export, mails):
    services.edit_plan(plan=plan, changes={"visibility": "PRIVATE"}, actor=ADMIN)
    assert mails() == []


def test_the_callers_role_at_the_call_counts(plan, mails):
    make_action(plan, title="Secret", visibility=Visibility.PRIVATE)
    services.request_export(plan=plan, actor=ADMIN)
    User.objects.filter(pk=ALICE.id).update(role=Role.MANAGER)
    (mail,) = mails()
    book = fetched(link_in(mail)).book()
    assert "Secret" in book.sheetnames


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_link_dies_after_a_day(export, mails, language):
    link = link_in(mails()[0])
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert fetched(link).status == 200
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        answer = fetched(link, language)
    assert answer.status == 410
    said = {"fr": "plus valable", "en": "no longer valid"}[language]
    assert said in answer.content.decode()


def test_a_link_dies_with_its_plan(plan, export, mails):
    link = link_in(mails()[0])
    services.delete_plan(plan=plan, actor=ADMIN)
    assert fetched(link).status == 410


def test_a_link_dies_with_its_callers_access(export, mails):
    link = link_in(mails()[0])
    User.objects.filter(pk=MONA.id).update(is_active=False)
    assert fetched(link).status == 410


@pytest.mark.parametrize("position", [-1, -30, -60, -90])
def test_an_altered_link_leads_nowhere(export, mails, position):
    link = link_in(mails()[0])
    letter = "A" if link[position] != "A" else "B"
    altered = link[:position] + letter + (link[position + 1 :] if position < -1 else "")
    assert fetched(altered).status == 404
    export.refresh_from_db()
    assert export.downloads == 0


def test_trying_a_link_is_no_download(acme, export, mails):
    link = link_in(mails()[0])
    assert Browser().head("/" + link.split("/", 3)[3]).status_code == 405
    open_tenant(acme)
    export.refresh_from_db()
    assert export.downloads == 0


def test_a_link_signed_for_another_tenant_leads_nowhere(export, mails, globex):
    mails()
    export.refresh_from_db()
    foreign = make_link("export", str(globex.pk), {"export": export.pk})
    assert fetched(foreign).status == 404


def test_sent_again_while_the_file_is_there(export, mails):
    mails()
    services.resend_export(export=export, actor=ADMIN)
    first, second = mails()
    assert second.to == [MONA.email]
    assert fetched(link_in(first)).status == fetched(link_in(second)).status == 200


@pytest.mark.usefixtures("each_storage")
def test_sent_again_after_the_purge_it_is_made_anew(export, mails):
    mails()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        services.purge_exports()
        services.resend_export(export=export, actor=ADMIN)
        _, second = mails()
        assert fetched(link_in(second)).status == 200


def test_not_sent_again_without_plan(plan, export, mails):
    mails()
    services.delete_plan(plan=plan, actor=ADMIN)
    export.refresh_from_db()
    with pytest.raises(ExportGoneError):
        services.resend_export(export=export, actor=ADMIN)


@pytest.mark.usefixtures("each_storage")
def test_the_purge_takes_what_is_over_and_nothing_else(
    export, mails, django_capture_on_commit_callbacks
):
    mails()
    export.refresh_from_db()
    key = export.file_key
    orphan = default_storage.save(tenant_folder("exports", "x") + "a.xlsx", ContentFile(b"x"))
    services.purge_exports()
    assert default_storage.exists(key)
    assert default_storage.exists(orphan)
    with (
        time_machine.travel(timezone.now() + timedelta(hours=25)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        services.purge_exports()
    assert not default_storage.exists(key)
    assert not default_storage.exists(orphan)


def test_a_file_waits_for_its_mail(export):
    """The mail server is away for three days: the file is still there when the mail goes out."""
    services.make_export(export_id=export.pk)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        services.purge_exports()
        run_jobs()
        export.refresh_from_db()
        assert export.can_be_fetched()


def test_each_step_stands_in_the_trail(as_audrey, export, mails):
    fetched(link_in(mails()[0]))
    rows = as_audrey.get(f"/api/v1/audit-events?objectId={export.pk}").json()["data"]
    assert [row["action"] for row in reversed(rows)] == [
        "actionplans.export.requested",
        "actionplans.export.made",
        "actionplans.export.link_opened",
        "actionplans.export.downloaded",
    ]
