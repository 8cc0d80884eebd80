"""Dates that are one's own to see to besides one's work: by reminder, on one's page and by API."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.utils import timezone

from improvements.models import Risk
from improvements.states import PlanStatus
from qualiforma.followup.digests import queue_digests
from qualiforma.followup.models import ReminderPreference
from qualiforma.followup.reminders import DueKind, sources
from tests.admin_client import entered, text_of
from tests.cast import ALICE, AUDREY, TOM
from tests.compliance.audit_factories import make_finding
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_action, make_complaint, make_plan, make_risk

URL = "/api/v1/me/dates"
PAGE = "/admin/me/"


def due(**delta):
    return timezone.localdate() + timedelta(**delta)


@pytest.fixture
def closed(acme):
    """A plan of Tom's whose effect was to be looked at yesterday."""
    known = {"title": "Accueil", "owner_id": TOM.id, "effectiveness_due_date": due(days=-1)}
    return make_plan(status=PlanStatus.COMPLETED, **known)


@pytest.fixture
def risk(acme):
    found = make_risk(title="Formateur unique", owner_id=TOM.id, reviewed_on=due(days=-200))
    Risk.objects.update(next_review_on=due(days=3))
    return found


def test_every_kind_has_its_source(db):
    assert set(sources) == set(DueKind)


def test_checks_of_effect_are_the_admins_and_reviews_their_owners(closed, risk, mails):
    queue_digests(due())
    [alice, tom] = sorted(mails(), key=lambda mail: mail.to)
    assert (alice.to, tom.to) == ([ALICE.email], [TOM.email])
    assert "Plans dont l’efficacité est à vérifier : en retard" in alice.body
    assert closed.reference in alice.body
    assert f"/admin/improvements/improvementplan/{quote(closed.pk)}/change/" in alice.body
    assert "Risques à revoir : à venir" in tom.body
    assert "Formateur unique" in tom.body
    assert "Accueil" not in tom.body


def test_what_was_checked_or_closed_is_no_reminder(closed, risk, mails):
    closed.effectiveness_checks.create(
        number=1,
        verdict="EFFECTIVE",
        method="Relevé",
        verified_on=due(),
        verified_by_id=ALICE.id,
    )
    Risk.objects.update(status="CLOSED")
    queue_digests(due())
    assert mails() == []


def test_a_mail_leads_to_the_findings_page(acme, mails):
    finding = make_finding(notified_on=due(days=-400))
    queue_digests(due())
    [mail] = mails()
    assert f"/admin/compliance/finding/{quote(finding.pk)}/change/" in mail.body


def test_the_list_holds_what_is_ones_own(closed, risk, client_of):
    late = make_complaint(subject="Froid", received_at=timezone.now() - timedelta(days=60))
    make_evidence(id="evd_alices", valid_until=due(days=2))
    make_action(make_plan(target_date=due(days=90)), due_date=due(days=-3))  # one's work: apart
    rows = client_of(ALICE).get(URL).json()["data"]
    assert [(one["kind"], one["id"]) for one in rows] == [
        ("COMPLAINT_ACKNOWLEDGEMENT", late.pk),
        ("COMPLAINT_ANSWER", late.pk),
        ("EFFECTIVENESS_CHECK", closed.pk),
        ("EVIDENCE_EXPIRY", "evd_alices"),
    ]
    assert (rows[2]["daysLate"], rows[3]["daysLate"]) == (1, None)
    assert rows[2]["context"] == closed.reference
    [mine] = client_of(TOM).get(URL).json()["data"]
    assert (mine["kind"], mine["id"]) == ("RISK_REVIEW", risk.pk)
    assert client_of(AUDREY).get(URL).json()["data"] == []


def test_filter_and_pages(closed, risk, as_alice):
    make_evidence(valid_until=due(days=2))
    body = as_alice.get(f"{URL}?kind=EVIDENCE_EXPIRY").json()
    assert [one["kind"] for one in body["data"]] == ["EVIDENCE_EXPIRY"]
    make_action(make_plan(target_date=due(days=90)), id="act_named", due_date=due(days=2))
    body = as_alice.get(f"{URL}?kind=CORRECTIVE_ACTION").json()
    assert [one["id"] for one in body["data"]] == ["act_named"]
    body = as_alice.get(f"{URL}?page=2&perPage=1").json()
    assert (body["meta"]["total"], len(body["data"])) == (2, 1)
    assert as_alice.get(f"{URL}?kind=NONSENSE").status_code == 400


def test_the_number_of_statements_is_constant(closed, as_alice, count_queries):
    few = count_queries(lambda: as_alice.get(URL))
    for rank in range(9):
        make_evidence(valid_until=due(days=rank))
    assert count_queries(lambda: as_alice.get(URL)) == few


def test_ones_page_shows_them_and_leads_who_may_open_them(closed, risk):
    page = entered(ALICE).get(PAGE)
    assert f'href="/admin/improvements/improvementplan/{quote(closed.pk)}/change/"' in page.text
    assert "1 jour de retard" in text_of(page)
    assert "vous êtes à jour" not in text_of(page)
    page = entered(TOM).get(PAGE)
    assert "Formateur unique" in text_of(page)
    assert "/admin/improvements/risk/" not in page.text


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "1er décembre 2026"), ("en", "1 December 2026")]
)
def test_a_french_mail_says_the_first_and_begins_no_line_with_a_colon(acme, mails, language, said):
    ReminderPreference.objects.create(user_id=ALICE.id, language=language)
    make_evidence(valid_until=date(2026, 12, 1))
    with time_machine.travel(datetime(2026, 11, 30, 8, tzinfo=UTC), tick=False):
        queue_digests(timezone.localdate())
        [mail] = mails()
    assert said in mail.body
    html = str(mail.alternatives[0][0])
    assert said in html
    assert " :" not in html.partition("</title>")[2]  # which no mail program shows
