"""Organisations created by the worker that has the owner's rights."""

from typing import Any

import pytest
from django.core.management import call_command

from qualiforma.errors import IllegalTransitionError, InvalidFieldsError, MissingError
from qualiforma.jobs import services as jobs
from qualiforma.provisioning.jobs import request_status, request_tenant
from qualiforma.provisioning.notes import Asked
from qualiforma.provisioning.services import TenantExistsError
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.tenants.models import TenantStatus

OPERATOR = Asked("usr_op", "Op")
ASKED: dict[str, Any] = {"slug": "asked-for", "name": "Asked for", "domain": "", "plan": "standard"}


def test_it_creates_what_was_asked_for_and_others_do_not(works, start_worker, state_of):
    number, again = request_tenant(**ASKED), request_tenant(**ASKED)
    other = request_tenant(**ASKED | {"name": "Somebody else"})
    assert start_worker("--until-empty").wait(30) == 0
    assert state_of(number) == "waiting"
    assert start_worker("--queue", "owner", "--until-empty").wait(60) == 0
    assert (state_of(number), state_of(again), state_of(other)) == ("done", "done", "failed")
    tenant = get_tenant("asked-for")
    with tenant_context(tenant):
        assert tenant.status == "ACTIVE"
    jobs.drop_job(other)
    with pytest.raises(TenantExistsError):
        request_tenant(**ASKED)
    call_command("delete_tenant", "asked-for", "--confirm", "asked-for", "--now")


@pytest.mark.parametrize("wrong", [{"slug": "Asked For"}, {"slug": "admin"}, {"name": " "}])
def test_what_can_be_known_before_is_refused_at_once(acme, wrong):
    with pytest.raises(InvalidFieldsError) as refused:
        request_tenant(**ASKED | wrong)
    assert next(iter(wrong)) in {error.field for error in refused.value.errors}


def test_it_suspends_and_opens_again_what_it_is_asked_to(works, start_worker, state_of):
    tenant = get_tenant("globex")
    for status in (TenantStatus.SUSPENDED, TenantStatus.ACTIVE):
        number = request_status(name=tenant.pk, status=status, reason="Impayé", actor=OPERATOR)
        assert start_worker("--queue", "owner", "--until-empty").wait(60) == 0
        assert state_of(number) == "done"
        assert get_tenant("globex").status == status


def test_what_is_half_made_is_not_asked_for(acme):
    with pytest.raises(IllegalTransitionError):
        request_status(name=acme.pk, status=TenantStatus.DELETING, reason="x", actor=OPERATOR)
    with pytest.raises(MissingError):
        request_status(name="nowhere", status=TenantStatus.SUSPENDED, reason="x", actor=OPERATOR)
