import pytest

from qualiforma.accounts import services as accounts
from tests.cast import PASSWORD, Client

NINA = "usr_nina"


@pytest.fixture
def as_nina(acme):
    """A second MANAGER of acme."""
    email = "nina@acme.fr"
    accounts.create_user(id=NINA, email=email, name="Nina Roy", role="MANAGER", password=PASSWORD)
    body = {"email": email, "password": PASSWORD}
    token = Client("acme").post("/api/v1/auth/login", body).json()["data"]["accessToken"]
    return Client("acme", token)
