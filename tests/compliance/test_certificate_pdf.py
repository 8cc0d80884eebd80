"""The certificate as PDF, worded as the ministry's model; who may take it."""

from datetime import timedelta

import pytest

from compliance.models import OrganisationProfile
from qualiforma.audit.models import AuditEvent
from qualiforma.training.models import Certificate
from tests.admin_client import entered
from tests.cast import ALICE, CHARLIE
from tests.compliance.test_learner_file import text_of_pdf
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_company,
    make_enrollment,
    make_session,
)

pytestmark = pytest.mark.django_db
PAGE = "/admin/training/certificate/crt_5Fpaper/certificate.pdf"


@pytest.fixture
def enrollment(acme):
    company = make_company(name="Ateliers Réunis")
    made = make_enrollment(company=company, status="COMPLETED")
    issued = MORNING + timedelta(days=3)
    Certificate.objects.create(id="crt_paper", enrollment=made, issued_at=issued)
    return made


def certificate(admin_client, tmp_path):
    answer = admin_client.get(PAGE)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return " ".join(text_of_pdf(answer.content, tmp_path).split())


def test_it_says_what_the_records_hold(admin_client, enrollment, tmp_path):
    OrganisationProfile.objects.create(
        address="12 rue de Siam\n29200 Brest",
        representative="Anne Le Goff, directrice",
        activity_number="53351234535",
        categories=["AF"],
    )
    make_attendance(make_session(enrollment.course), enrollment)
    second = MORNING + timedelta(days=1)
    day = {"starts_at": second, "ends_at": second + timedelta(hours=3, minutes=30)}
    make_attendance(make_session(enrollment.course, **day), enrollment, minutes=None)
    text = certificate(admin_client, tmp_path)
    for part in (
        *("Certificat de réalisation", "2026-0001", "Anne Le Goff, directrice, représentant légal"),
        *("12 rue de Siam", "53351234535", "Bob Roux", "Ateliers Réunis", "Excel pour débuter"),
        *(
            "du 2 mars 2026 au 3 mars 2026",
            "10,5 heures",
            "[X] action de formation",
            "Fait à Brest",
        ),
        "pendant une durée de trois ans",
    ):
        assert part in text
    [event] = AuditEvent.objects.filter(action="compliance.certificate.exported")
    assert (event.object_id, event.actor) == ("crt_paper", ALICE.id)


def test_what_is_not_known_is_left_open(admin_client, enrollment, tmp_path):
    text = certificate(admin_client, tmp_path)
    assert "[X]" not in text
    assert "………… heures" in text
    assert "Fait à ………" in text


def test_rights_and_bytes(admin_client, auditor_client, enrollment):
    assert auditor_client.get(PAGE).content == admin_client.get(PAGE).content
    assert admin_client.send(PAGE).status_code == 403
    assert entered(CHARLIE).get(PAGE).status_code == 404
    assert entered(ALICE, language="en").get(PAGE).status_code == 200
