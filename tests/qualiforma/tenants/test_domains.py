"""Host names of a tenant: added, made primary, taken away; what is refused."""

import io

import pytest
from django.core.management import CommandError, call_command

from qualiforma.audit.models import AuditEvent
from qualiforma.errors import IllegalTransitionError, InvalidFieldsError, MissingError
from qualiforma.provisioning import jobs, services
from qualiforma.provisioning.domains import DomainKeptError, DomainTakenError
from qualiforma.provisioning.notes import Asked, note_request
from qualiforma.tenants.context import forget_tenants, platform_context, tenant_context
from qualiforma.tenants.models import Domain, Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.admin_client import AdminClient

pytestmark = pytest.mark.usefixtures("committed")
OWN = "qualite.initech.fr"


@pytest.fixture
def initech(committed):
    return services.create_tenant(slug="initech", name="Initech")


def run(*command):
    call_command("set_domain", *command, stdout=io.StringIO())


def domains(tenant):
    rows = Domain.objects.filter(tenant=tenant).order_by("-is_primary", "domain")
    return list(rows.values_list("domain", "is_primary"))


def last(code):
    return AuditEvent.objects.filter(action=code).latest("seq")


def test_a_domain_comes_becomes_primary_and_goes(initech, settings):
    settings.ALLOWED_HOSTS = [OWN]
    assert AdminClient(OWN).get("/admin/login/").status_code == 404
    for _twice in range(2):
        run("initech", "Qualite.Initech.FR.")
    assert domains(initech) == [("initech.localhost", True), (OWN, False)]
    assert AdminClient(OWN).get("/admin/login/").status_code == 200
    for _twice in range(2):
        run("initech", OWN, "--primary")
    assert domains(initech) == [(OWN, True), ("initech.localhost", False)]
    run(initech.pk, "initech.localhost", "--remove")
    assert domains(initech) == [(OWN, True)]
    for place in (tenant_context(initech), platform_context()):
        with place:
            for what in ("added", "made_primary"):
                told = last(f"tenants.domain.{what}")
                assert told.object_id == initech.pk
                assert OWN in str(told.clear)
            assert "initech.localhost" in str(last("tenants.domain.removed").clear)


def test_neither_the_primary_nor_the_last_one_goes(initech):
    with pytest.raises(DomainKeptError):
        services.remove_domain(name="initech", domain="initech.localhost")
    run("initech", OWN)
    with pytest.raises(CommandError, match="domaine principal"):
        run("initech", "initech.localhost", "--remove")
    assert len(domains(initech)) == 2
    with as_owner():  # as by hand: no primary at all
        Domain.objects.filter(tenant=initech).update(is_primary=False)
        Domain.objects.filter(domain=OWN).delete()
    with pytest.raises(CommandError, match="seul domaine"):
        run("initech", "initech.localhost", "--remove")


@pytest.mark.parametrize(
    ("host", "error"),
    [
        *((host, InvalidFieldsError) for host in ("", "a b", "-a.fr", "a..fr", "é.fr", "a_b.fr")),
        *((host, InvalidFieldsError) for host in ("10.0.0.1", "a.fr:80", "a/b", "localhost")),
        *((host, InvalidFieldsError) for host in (f"{'a' * 64}.fr", f"{'a.' * 130}fr", "a.fr\n.b")),
        ("globex.localhost", DomainTakenError),
    ],
)
def test_host_names_that_cannot_be_had(initech, host, error):
    with pytest.raises(error):
        services.add_domain(name="initech", domain=host)
    assert domains(initech) == [("initech.localhost", True)]
    if host:
        with pytest.raises((error, services.TenantExistsError)):
            services.create_tenant(slug="other", name="Other", domain=host)
        assert not Tenant.objects.filter(slug="other").exists()


def test_anothers_domain_is_not_to_be_had_through_this_one(initech):
    for change in (services.remove_domain, services.set_primary_domain):
        with pytest.raises(MissingError):
            change(name="initech", domain="globex.localhost")
    assert Domain.objects.get(domain="globex.localhost").is_primary


def test_what_is_half_gone_is_left_alone(initech):
    with as_owner():
        Tenant.objects.filter(pk=initech.pk).update(status=TenantStatus.DELETING)
    forget_tenants()
    with pytest.raises(IllegalTransitionError):
        services.add_domain(name="initech", domain=OWN)


def test_the_job_tells_who_asked_and_why(initech):
    """The tenant's own trail says why only: who asked is none of its users."""
    operator = Asked("usr_op", "Olga")
    code = "tenants.tenant.change_requested"
    number = note_request(code, initech.pk, actor=operator, reason="Impayé")
    ids = {"name": initech.pk, "status": "SUSPENDED", "asked": number}
    jobs.set_status.function(**ids)
    with platform_context():
        told = last("tenants.tenant.suspended")
        assert (told.actor, "Olga" in str(told.clear), "Impayé" in str(told.clear)) == (
            "usr_op",
            True,
            True,
        )
    with tenant_context(initech):
        told = last("tenants.tenant.suspended")
        assert (told.actor, "Olga" in str(told.clear), "Impayé" in str(told.clear)) == (
            "",
            False,
            True,
        )
