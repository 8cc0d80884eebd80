"""What is kept beyond its class's time is named by a dry run and gone after a run; nothing else is."""

import io
from datetime import timedelta

import time_machine
from django.core.management import call_command
from django.utils import timezone

from compliance.models import NeedsAnalysis
from improvements.models import Complaint
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from qualiforma.training.models import Enrollment
from tests.qualiforma.personal_data import someone
from tests.qualiforma.personal_data.conftest import run


def purge(tenant, *words):
    said = io.StringIO()
    call_command("purge_personal_data", f"--tenant={tenant.slug}", *words, stdout=said)
    return said.getvalue()


def outsider(received):
    Complaint.objects.create(
        subject="Bruit",
        channel="EMAIL",
        complainant_name="Ursule Passevant",
        complainant_role="COMPANY",
        complainant_email="ursule@passevant.fr",
        received_at=received,
        resolved_at=received,
        status="RESOLVED",
        resolution="Fait",
    )


def test_who_is_due_is_named_then_erased_and_nobody_else(oubli):
    tenant, admin, her = oubli
    with tenant_context(tenant):
        outsider(someone.LONG_AGO)
    said = purge(tenant, "--dry-run")
    assert f"user {her.pk}" in said
    assert "1 users, 1 contacts, 1 needs are due" in said
    with tenant_context(tenant):
        assert User.objects.get(pk=her.pk).name == someone.NAME
    assert "1 users, 1 contacts, 1 needs are erased" in purge(tenant)
    with tenant_context(tenant):
        assert User.objects.get(pk=her.pk).name.startswith("Personne effacée")
        assert User.objects.get(pk=admin.pk).name == "Ada Ministre"
        assert not Complaint.objects.filter(complainant_email__contains="passevant").exists()
        assert not NeedsAnalysis.objects.exclude(accessibility_needs="").exists()
    assert "0 users, 0 contacts, 0 needs are due" in purge(tenant, "--dry-run")


def test_an_erasure_that_waited_for_a_law_is_done_when_its_time_has_come(oubli):
    tenant, _admin, her = oubli
    with tenant_context(tenant):
        recent = timezone.now() - timedelta(days=30)
        Enrollment.objects.filter(user=her).update(enrolled_at=recent, completed_at=recent)
    assert run("erase_person", tenant, her.pk, "--reason=Sa demande")[0] == 3
    assert f"user {her.pk}" not in purge(tenant, "--dry-run")
    with time_machine.travel(timezone.now() + timedelta(days=5 * 365), tick=True):
        assert f"user {her.pk}" in purge(tenant, "--dry-run")
