"""Audits and findings under `/admin/`: planned, filled on one page, closed, compared; plans opened."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from compliance.models import Audit, Finding
from compliance.states import AuditStatus, Judgement
from improvements.models import ImprovementPlan
from qualiforma.audit.models import AuditEvent
from tests.admin_client import entered, text_of
from tests.cast import AUDREY, CHARLIE
from tests.compliance.audit_factories import make_audit, make_finding
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_plan

AUDITS = "/admin/compliance/audit/"
FINDINGS = "/admin/compliance/finding/"
FINE, MINOR, MAJOR = Judgement.SATISFACTORY, Judgement.MINOR, Judgement.MAJOR


def page_of(row, action="change"):
    base = AUDITS if isinstance(row, Audit) else FINDINGS
    return f"{base}{row.pk.replace('_', '_5F')}/{action}/"


@pytest.fixture
def audrey(acme):
    return entered(AUDREY)


def test_an_audit_is_planned_with_the_usual_scope_and_changed(admin_client):
    body = {"kind": "INTERNAL", "audit_date": "2026-12-14", "auditor": "Claire", "scope": ""}
    answer = admin_client.send(f"{AUDITS}add/", body)
    assert answer.status_code == 302, text_of(answer)
    audit = Audit.objects.get()
    assert audit.judgements.count() == 33
    answer = admin_client.send(page_of(audit), body | {"scope": "1, 4", "expected_version": "1"})
    assert answer.status_code == 302, text_of(answer)
    assert list(audit.judgements.values_list("indicator", flat=True)) == [1, 4]
    wrong = {"scope": "1, 33", "audit_date": "2026-10-31", "expected_version": "2"}
    refused = admin_client.send(page_of(audit), body | wrong)
    assert refused.status_code == 400
    assert "n’a pas d’indicateur 33" in text_of(refused)


def test_the_grid_is_filled_on_one_page(admin_client):
    evidence = make_evidence(indicators=[1])
    audit = make_audit(judged={1: Judgement.NOT_JUDGED, 32: Judgement.NOT_JUDGED})
    page = admin_client.get(page_of(audit, "grid")).content.decode()
    assert evidence.title in page
    assert 'name="i1-judgement" value="MINOR"' in page
    assert 'name="i32-judgement" value="MINOR"' not in page
    body = {
        "expected_version": "1",
        "i1-judgement": "MINOR",
        "i1-comment": "Tarifs absents.",
        "i1-evidence_ids": [evidence.pk],
        "i32-judgement": "SATISFACTORY",
        "i32-comment": "",
    }
    answer = admin_client.send(page_of(audit, "grid"), body)
    assert answer.status_code == 302, text_of(answer)
    rows = audit.judgements.values_list("judgement", "comment", "evidence_ids")
    assert list(rows) == [("MINOR", "Tarifs absents.", [evidence.pk]), ("SATISFACTORY", "", [])]
    stale = admin_client.send(page_of(audit, "grid"), body | {"i32-judgement": "MAJOR"})
    assert stale.status_code == 412
    forged = admin_client.send(
        page_of(audit, "grid"), body | {"expected_version": "2", "i32-judgement": "MINOR"}
    )
    assert forged.status_code == 400
    assert audit.judgements.get(indicator=32).judgement == FINE


def test_an_audit_begins_closes_and_says_what_is_not_judged(admin_client):
    audit = make_audit(status=AuditStatus.PLANNED)
    assert "commencez-le" in text_of(admin_client.get(page_of(audit, "grid")))
    assert admin_client.send(page_of(audit, "start")).status_code == 302
    refused = admin_client.send(page_of(audit, "close"))
    assert refused.status_code == 409
    assert "indicateurs 1, 32" in text_of(refused)
    audit.judgements.update(judgement=FINE)
    assert admin_client.send(page_of(audit, "close")).status_code == 302
    audit.refresh_from_db()
    assert audit.status == AuditStatus.CLOSED
    page = text_of(admin_client.get(page_of(audit)))
    assert "Clôturé le" in page
    assert "Remplir la grille" not in page
    assert admin_client.send(page_of(audit, "grid"), {"i1-judgement": "MAJOR"}).status_code in {
        400,
        409,
    }


def test_an_audit_that_has_not_begun_is_removed(admin_client):
    planned, begun = make_audit(status=AuditStatus.PLANNED), make_audit()
    assert admin_client.send(page_of(planned, "remove")).status_code == 302
    assert admin_client.send(page_of(begun, "remove")).status_code == 409
    assert list(Audit.objects.all()) == [begun]


def test_two_audits_are_compared(admin_client):
    first = make_audit(judged={1: MINOR}, status=AuditStatus.CLOSED, audit_date=date(2025, 3, 1))
    last = make_audit(judged={1: FINE, 4: MAJOR})
    text = text_of(admin_client.get(page_of(last, "compare")))
    assert "Mieux" in text
    assert "Non examiné" in text
    assert "Aucun audit clôturé" in text_of(admin_client.get(page_of(first, "compare")))


def test_a_finding_is_entered_from_the_judgement_of_an_audit(admin_client):
    audit = make_audit(judged={1: MINOR, 4: FINE}, audit_date=date(2026, 3, 2))
    link = f"{FINDINGS}add/?audit={audit.pk}&amp;indicator=1&amp;severity=MINOR"
    assert link in admin_client.get(page_of(audit)).content.decode()
    form = admin_client.get(link.replace("&amp;", "&")).content.decode()
    assert f'value="{audit.pk}" selected' in form
    body = {
        "indicator": "1",
        "severity": "MINOR",
        "text": "Tarifs absents.",
        "notified_on": "2026-08-31",
        "audit": audit.pk,
    }
    answer = admin_client.send(f"{FINDINGS}add/", body)
    assert answer.status_code == 302, text_of(answer)
    finding = Finding.objects.get()
    assert (finding.audit_id, finding.due_date) == (audit.pk, date(2027, 2, 28))
    refused = admin_client.send(f"{FINDINGS}add/", body | {"indicator": "32", "audit": ""})
    assert refused.status_code == 400
    assert "toujours majeure" in text_of(refused)
    changed = admin_client.send(
        page_of(finding), body | {"severity": "MAJOR", "expected_version": "1"}
    )
    assert changed.status_code == 302, text_of(changed)
    finding.refresh_from_db()
    assert finding.verification_due_date == date(2026, 12, 30)


def test_a_plan_is_opened_by_its_button(admin_client):
    finding = make_finding(notified_on=date(2026, 8, 31))
    assert page_of(finding, "plan") in admin_client.get(page_of(finding)).content.decode()
    answer = admin_client.send(page_of(finding, "plan"))
    assert answer.status_code == 302, text_of(answer)
    plan = ImprovementPlan.objects.get()
    assert (plan.trigger, plan.target_date) == ("AUDIT", date(2027, 2, 28))
    page = admin_client.get(page_of(finding)).content.decode()
    assert page_of(finding, "plan") not in page
    plan_page = admin_client.get(
        f"/admin/improvements/improvementplan/{plan.pk}/change/"
    ).content.decode()
    assert page_of(finding) in plan_page
    assert plan.title in text_of(admin_client.get(FINDINGS))
    assert admin_client.send(page_of(finding, "plan")).status_code == 409


def test_a_finding_is_corrected_reopened_and_lifted(admin_client):
    finding = make_finding(severity="MAJOR")
    for action, body, status in (
        ("correct", {"day": "2026-04-02"}, "CORRECTED"),
        ("reopen", {}, "OPEN"),
        ("lift", {"day": "2026-05-04"}, "LIFTED"),
    ):
        answer = admin_client.send(page_of(finding, action), body)
        assert answer.status_code == 302, text_of(answer)
        finding.refresh_from_db()
        assert finding.status == status
    assert admin_client.send(page_of(finding, "reopen")).status_code == 409
    early = make_finding()
    assert admin_client.send(page_of(early, "lift"), {"day": "2026-03-01"}).status_code == 400


def test_the_list_says_how_late_findings_are_and_the_home_page_counts_them(admin_client):
    today = timezone.localdate()
    for indicator in (1, 2, 8, 9):
        make_finding(indicator=indicator, notified_on=today)
    late = make_finding(severity="MAJOR", notified_on=date(2026, 1, 5))
    days = (today - late.due_date).days
    text = text_of(admin_client.get(FINDINGS))
    assert f"{days} jours de retard" in text
    assert "comptent pour une majeure" not in text
    make_finding(indicator=12, notified_on=today - timedelta(days=1))
    assert "5 non-conformités mineures" in text_of(admin_client.get(FINDINGS))
    home = text_of(admin_client.get("/admin/"))
    assert "Constats d’audit À lever 6 En retard 1 5 non-conformités mineures" in home
    assert text_of(admin_client.get(f"{FINDINGS}?open=late")).count("jours de retard") == 1


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_lists_are_downloaded_and_noted(admin_client, form):
    make_finding(audit=make_audit(), plan=make_plan())
    for base, kind in ((AUDITS, "audit"), (FINDINGS, "finding")):
        answer = admin_client.get(f"{base}download/{form}/")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)
        event = AuditEvent.objects.latest("seq")
        assert (event.action, event.object_type) == ("records.list.exported", kind)


def test_an_auditor_reads_and_changes_nothing(audrey):
    audit, finding = make_audit(judged={1: MINOR}), make_finding()
    for page in (AUDITS, FINDINGS, page_of(audit), page_of(audit, "compare"), page_of(finding)):
        assert audrey.get(page).status_code == 200, page
    text = text_of(audrey.get(page_of(audit)))
    assert "Saisir un constat" not in text
    for action in ("grid", "start", "close", "remove"):
        assert audrey.send(page_of(audit, action)).status_code == 403
    for action in ("correct", "lift", "reopen", "plan"):
        assert audrey.send(page_of(finding, action)).status_code == 403


def test_another_organisation_finds_nothing(acme, globex):
    audit, finding = make_audit(), make_finding()
    charlie = entered(CHARLIE)
    for row, actions in ((audit, ("grid", "compare", "start")), (finding, ("plan", "lift"))):
        for action in actions:
            assert charlie.get(page_of(row, action)).status_code == 404


def test_pages_cost_the_same_however_many_rows_they_show(admin_client, count_queries):
    def one_more():
        audit = make_audit(judged={1: FINE})
        make_finding(audit=audit, plan=make_plan())

    one_more()
    before = [
        count_queries(lambda page=page: admin_client.get(page)) for page in (AUDITS, FINDINGS)
    ]
    for _ in range(4):
        one_more()
    after = [count_queries(lambda page=page: admin_client.get(page)) for page in (AUDITS, FINDINGS)]
    assert after == before
