import pytest

from improvements.states import PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.event_types import NAMES
from qualiforma.webhooks import services
from tests.cast import ALICE
from tests.improvements.factories import make_plan
from tests.receivers import make_certificate, receiving


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    return folder


@pytest.fixture
def receiver(certificates, settings, monkeypatch):
    settings.WEBHOOKS_LOOPBACK = True
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    with receiving(certificates) as one:
        yield one


@pytest.fixture
def alice(acme):
    return Actor.of(User.objects.get(pk=ALICE.id))


@pytest.fixture
def plan(acme):
    return make_plan(status=PlanStatus.IN_PROGRESS)


@pytest.fixture
def add(alice):
    """Add an endpoint for these events; without any, for all."""

    def make(url, *event_types):
        return services.create_endpoint(url=url, event_types=event_types or NAMES, actor=alice)

    return make
