"""Who may do what to training records: every role, by hand."""

import pytest

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role
from qualiforma.training import policies

MAY = {
    policies.can_read_records: {"ADMIN", "MANAGER", "TRAINER", "AUDITOR"},
    policies.can_manage_records: {"ADMIN", "MANAGER", "TRAINER"},
    policies.can_import_records: {"ADMIN", "MANAGER"},
    policies.can_export_records: {"ADMIN", "MANAGER", "AUDITOR"},
}


@pytest.mark.parametrize("policy", MAY, ids=lambda policy: policy.__name__)
def test_what_a_role_may_do(policy):
    assert {role for role in Role.values if policy(Actor("usr_x", "X", Role(role)))} == MAY[policy]
