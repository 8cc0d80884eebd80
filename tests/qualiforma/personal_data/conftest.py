"""An organisation that names somebody everywhere, and commands run about her."""

import io

import pytest
from django.conf import settings
from django.core.management import call_command

from qualiforma.files import folder_of, remove_below
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests.committed import committed_tenant
from tests.qualiforma.personal_data import someone


@pytest.fixture
def oubli(django_db_setup, django_db_blocker, request):
    """An organisation that names her everywhere; the training ended as the test says."""
    with django_db_blocker.unblock(), committed_tenant("oubli") as tenant:
        with tenant_context(tenant):
            admin, her = someone.make(*getattr(request, "param", ()))
        leave_tenant()
        yield tenant, admin, her
        for path in settings.MAIL_FOLDER.glob("*.eml"):
            path.unlink()
        remove_below(folder_of(tenant.storage_prefix))


def run(command, tenant, person, *words):
    """Return status and output of a command about somebody."""
    said = io.StringIO()
    given = (f"--tenant={tenant.slug}", f"--person={person}", "--by=admin@oubli.fr", *words)
    try:
        call_command(command, *given, stdout=said)
    except SystemExit as stop:
        return stop.code, said.getvalue()
    return 0, said.getvalue()


def verify_head(tenant):
    said = io.StringIO()
    call_command("audit_head", f"--tenant={tenant.slug}", stdout=said)
    return said.getvalue()
