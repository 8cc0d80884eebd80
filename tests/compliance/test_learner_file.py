"""A learner's file as PDF: by API and from its page, each an entry of the trail."""

import subprocess
from datetime import UTC, datetime

import pytest
from django.contrib.admin.utils import quote

from compliance.models import OrganisationProfile
from qualiforma.audit.models import AuditEvent
from tests.admin_client import entered
from tests.cast import ALICE, BOB, CHARLIE, Client
from tests.compliance.test_timeline import make_analysis
from tests.qualiforma.training.factories import (
    make_attendance,
    make_company,
    make_enrollment,
    make_session,
)

URL = "/api/v1/enrollments/{}/file"
PAGE = "/admin/training/enrollment/{}/timeline/"
AT = datetime(2026, 4, 1, 10, tzinfo=UTC)


@pytest.fixture
def enrollment(acme):
    company = make_company(name="Ateliers Réunis")
    made = make_enrollment(enrolled_at=AT, created_by_id=ALICE.id, user_id=BOB.id, company=company)
    make_analysis(made)
    make_attendance(make_session(made.course), made)
    return made


def text_of_pdf(content, tmp_path):
    path = tmp_path / "file.pdf"
    path.write_bytes(content)
    command = ["pdftotext", "-layout", path, "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exports():
    return AuditEvent.objects.filter(action="compliance.file.exported")


def test_the_file_holds_what_is_expected_and_what_happened(as_alice, enrollment, tmp_path):
    OrganisationProfile.objects.create(address="12 rue de Siam", activity_number="53351234535")
    answer = as_alice.get(URL.format(enrollment.pk))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert enrollment.pk in answer["Content-Disposition"]
    text = text_of_pdf(answer.content, tmp_path)
    for part in (
        "Acme",
        "12 rue de Siam",
        "53351234535",
        "Bob Roux",
        "Ateliers Réunis",
        "Attendu et trouvé",
        "Émargement",
    ):
        assert part in text
    assert "01/04/2026 12:00" in text  # in Paris
    assert "niveau cible" in text
    [event] = exports()
    assert (event.object_id, event.actor) == (enrollment.pk, ALICE.id)


def test_from_its_page(admin_client, auditor_client, enrollment, tmp_path):
    page = PAGE.format(quote(enrollment.pk))
    assert "timeline/file.pdf" in admin_client.get(page).content.decode()
    answer = auditor_client.get(f"{page}file.pdf")
    assert "Bob Roux" in text_of_pdf(answer.content, tmp_path)
    assert exports().count() == 1
    assert admin_client.send(f"{page}file.pdf").status_code == 403
    assert entered(CHARLIE).get(f"{page}file.pdf").status_code == 404


def test_english(client_of, enrollment, tmp_path):
    english = Client("acme", client_of(ALICE).token, language="en")
    answer = english.get(URL.format(enrollment.pk))
    assert "Expected and found" in text_of_pdf(answer.content, tmp_path)


def test_queries(as_alice, enrollment, django_assert_max_num_queries):
    with django_assert_max_num_queries(17):  # two to find the organisation, at times
        assert as_alice.get(URL.format(enrollment.pk)).status_code == 200
