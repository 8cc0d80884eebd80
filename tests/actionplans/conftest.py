from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from qualiforma.accounts import services as accounts
from tests.cast import PASSWORD, Client

NINA = "usr_nina"
# Longer than any test here.
AWHILE = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def one_day():
    """What is due today stays so to the test's end: where Paris's midnight is near, it has passed."""
    soon = timezone.localtime() + AWHILE
    if soon.date() == timezone.localdate():
        yield
        return
    with time_machine.travel(soon):
        yield


@pytest.fixture
def as_nina(acme):
    """A second MANAGER of acme."""
    email = "nina@acme.fr"
    accounts.create_user(id=NINA, email=email, name="Nina Roy", role="MANAGER", password=PASSWORD)
    body = {"email": email, "password": PASSWORD}
    token = Client("acme").post("/api/v1/auth/login", body).json()["data"]["accessToken"]
    return Client("acme", token)
