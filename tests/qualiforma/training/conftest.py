"""What the tests of training records share."""

import pytest

from qualiforma.files import remove_below, tenant_folder


@pytest.fixture
def no_files(acme):
    """Remove the tenant's files: they are not rolled back with the test that made them."""
    remove_below(tenant_folder().rstrip("/"))
