"""The exact borders of limits, lifetimes and links; each was a fault that no test found."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import TimestampSigner
from django.utils import timezone

from qualiforma.accounts import services as accounts
from qualiforma.accounts.links import LinkKind, password_link
from qualiforma.accounts.models import RefreshFamily, User
from qualiforma.accounts.services import passwords, sessions
from qualiforma.accounts.services.passwords import user_of_link
from qualiforma.accounts.tokens import InvalidTokenError
from qualiforma.audit.models import AuditEvent
from qualiforma.errors import InvalidFieldsError, TooManyError
from qualiforma.filelinks import file_link, linked_file
from qualiforma.files import tenant_folder
from qualiforma.links import DeadLinkError, read_token
from qualiforma.ratelimit.services import Limit, hit
from tests.cast import ALICE, BOB, PASSWORD, Client
from tests.files import PDF

NEW = "une toute autre phrase"
HERE = "192.0.2.7"


@pytest.fixture
def clock():
    """Time that stands still, until it is shifted."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def credentials(acme, password=PASSWORD):
    return {"email": ALICE.email, "password": password, "scope": str(acme.pk), "address": HERE}


def renewed(acme, session):
    return accounts.renew_session(refresh_token=session.refresh_token, scope=str(acme.pk))


def test_a_spent_token_is_taken_for_ten_seconds_from_its_first_use(acme, clock):
    session = accounts.log_in(**credentials(acme))
    renewed(acme, session)
    clock.shift(6)
    renewed(acme, session)
    clock.shift(4)
    renewed(acme, session)
    clock.shift(timedelta(microseconds=1))
    with pytest.raises(InvalidTokenError):
        renewed(acme, session)


def test_a_token_ends_at_the_end_of_its_lifetime(acme, clock):
    first, second = (accounts.log_in(**credentials(acme)) for _ in range(2))
    clock.shift(sessions.REFRESH_LIFETIME - timedelta(microseconds=1))
    renewed(acme, first)
    clock.shift(timedelta(microseconds=1))
    with pytest.raises(InvalidTokenError):
        renewed(acme, second)


def test_a_closed_session_keeps_the_instant_of_its_end(acme, clock):
    RefreshFamily.objects.all().delete()
    session = accounts.log_in(**credentials(acme))
    mine = RefreshFamily.objects.all()
    accounts.close_session(refresh_token="qfr_unknown")
    assert mine.get().revoked_at is None
    for _ in range(2):
        accounts.close_session(refresh_token=session.refresh_token)
        clock.shift(60)
    assert mine.get().revoked_at == timezone.now() - timedelta(seconds=120)


def test_a_right_login_is_not_counted_against_its_address(acme, monkeypatch):
    least = Limit("login.address", most=2, window=timedelta(minutes=15))
    monkeypatch.setattr(sessions, "PER_ADDRESS", least)
    for _ in range(4):
        accounts.identify(**credentials(acme))


@pytest.mark.parametrize(
    ("limit", "most", "minutes"),
    [
        (sessions.PER_ACCOUNT, 10, 15),
        (sessions.PER_ADDRESS, 100, 15),
        (passwords.CHANGE_PER_ACCOUNT, 10, 15),
        (passwords.RESET_PER_ACCOUNT, 5, 60),
        (passwords.RESET_PER_ADDRESS, 50, 60),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_each_limit_is_what_it_says(acme, clock, limit, most, minutes):
    for _ in range(most):
        hit(limit, "somebody")
    clock.shift(timedelta(minutes=minutes) - timedelta(seconds=1))
    with pytest.raises(TooManyError):
        hit(limit, "somebody")
    clock.shift(1)
    hit(limit, "somebody")


def changed(acme, current, new=NEW):
    user = User.objects.get(pk=ALICE.id)
    accounts.change_password(user=user, current=current, new=new, scope=str(acme.pk))


def test_guessing_the_present_password_is_stopped(acme):
    for _ in range(10):
        with pytest.raises(InvalidFieldsError):
            changed(acme, "not this one")
    with pytest.raises(TooManyError):
        changed(acme, PASSWORD)


def test_a_change_of_password_forgives(acme):
    for _ in range(9):
        with pytest.raises(InvalidFieldsError):
            changed(acme, "not this one")
    changed(acme, PASSWORD)
    with pytest.raises(InvalidFieldsError):
        changed(acme, "not this one")
    changed(acme, NEW, new=PASSWORD)


def test_resets_are_limited_for_each_address(acme):
    for number in range(50):
        email = f"nobody{number}@acme.fr"
        accounts.request_password_reset(email=email, scope=str(acme.pk), address=HERE)
    with pytest.raises(TooManyError):
        accounts.request_password_reset(email=BOB.email, scope=str(acme.pk), address=HERE)


def test_reset_of_an_inactive_account_sends_nothing(acme):
    User.objects.filter(pk=BOB.id).update(is_active=False)
    accounts.request_password_reset(email=BOB.email, scope=str(acme.pk), address=HERE)
    event = AuditEvent.objects.order_by("-seq")[0]
    assert event.action == "accounts.password.reset_requested"
    assert (event.actor, event.object_id) == ("", "")


@pytest.mark.parametrize(
    ("kind", "lifetime"),
    [(LinkKind.INVITATION, timedelta(days=7)), (LinkKind.RESET, timedelta(hours=1))],
)
def test_a_link_lives_as_long_as_its_mail_says(acme, clock, kind, lifetime):
    token = password_link(User.objects.get(pk=BOB.id), kind).rpartition("/")[2]
    clock.shift(lifetime - timedelta(seconds=1))
    assert user_of_link(token, str(acme.pk)) is not None
    clock.shift(3)  # signed to the second
    assert user_of_link(token, str(acme.pk)) is None


def test_a_link_of_a_deactivated_user_is_dead(acme):
    token = password_link(User.objects.get(pk=BOB.id), LinkKind.RESET).rpartition("/")[2]
    User.objects.filter(pk=BOB.id).update(is_active=False)
    assert user_of_link(token, str(acme.pk)) is None


def test_a_session_id_that_names_no_tenant_is_unknown_beside_a_tenant_too(acme):
    client = Client("acme")
    client.credentials(HTTP_SESSIONID="garbage", HTTP_X_TENANT_ID="acme")
    answer = client.get("/api/v1/company/action-plans")
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")


def company_session(acme, person=ALICE):
    return accounts.open_company_session(
        email=person.email,
        password=PASSWORD,
        scope=str(acme.pk),
        address=HERE,
        may_enter=lambda _actor: True,
    )


def test_a_company_session_is_found_by_its_own_id_alone(acme):
    first, row = company_session(acme)
    assert accounts.find_company_session(session_id=first) == row
    assert accounts.find_company_session(session_id=f"{first}x") is None
    User.objects.filter(pk=ALICE.id).update(is_active=False)
    assert accounts.find_company_session(session_id=first) is None


def test_use_moves_the_end_of_that_session_alone_every_five_minutes(acme, clock):
    used, row = company_session(acme)
    _other, unused = company_session(acme, BOB)
    ends = row.expires_at
    clock.shift(timedelta(minutes=5) - timedelta(seconds=1))
    found = accounts.find_company_session(session_id=used)
    assert found
    assert found.expires_at == ends
    clock.shift(1)
    found = accounts.find_company_session(session_id=used)
    row.refresh_from_db()
    assert found
    assert row.expires_at == found.expires_at == ends + timedelta(minutes=5)
    unused.refresh_from_db()
    assert unused.expires_at == ends


def test_a_company_session_is_dead_at_its_end(acme, clock):
    session_id, row = company_session(acme)
    clock.move_to(row.expires_at)
    assert accounts.find_company_session(session_id=session_id) is None


def test_a_link_without_an_organisation_is_dead(acme):
    for signed in ({"user": BOB.id}, ["t"], "t"):
        token = TimestampSigner(salt="qualiforma.links.password", sep=".").sign_object(signed)
        with pytest.raises(DeadLinkError):
            read_token("password", token)


def test_a_files_link_lives_a_quarter_of_an_hour(acme, clock):
    key = default_storage.save(f"{tenant_folder()}rapport.pdf", ContentFile(PDF))
    token = file_link(key).rpartition("/")[2]
    clock.shift(timedelta(minutes=15) - timedelta(seconds=1))
    assert linked_file(token)[0] == key
    clock.shift(3)
    with pytest.raises(DeadLinkError):
        linked_file(token)
