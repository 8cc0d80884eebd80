"""Passwords are hashed as Django's own hasher does, on one core."""

import time

import pytest
from argon2 import Parameters
from argon2.low_level import Type, hash_secret_raw
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from qualiforma.accounts.hashers import OneCoreHasher, digest_of

SALT = "dixhuitcaracteres!"


@pytest.mark.parametrize("password", ["mot-de-passe", "", "é\x00ü", "x" * 400])
def test_hashes_are_the_same(password):
    ours, theirs = OneCoreHasher(), Argon2PasswordHasher()
    assert (
        ours.encode(password, SALT).split("$")[:4] == theirs.encode(password, SALT).split("$")[:4]
    )
    assert ours.encode(password, SALT) == theirs.encode(password, SALT)
    assert ours.verify(password, theirs.encode(password, ours.salt()))
    assert theirs.verify(password, ours.encode(password, theirs.salt()))
    assert not ours.verify(password + "x", theirs.encode(password, SALT))


@pytest.mark.parametrize("kind", list(Type))
def test_digests_are_the_librarys(kind):
    params = Parameters(kind, 19, 16, 24, 1, 64, 4)
    wanted = hash_secret_raw(b"secret", b"saltsalt", 1, 64, 4, 24, kind)
    assert digest_of(b"secret", b"saltsalt", params) == wanted


def test_a_hash_takes_one_core():
    """The library's eight threads have processor time of their own, which this thread does not see."""
    own, process = time.thread_time(), time.process_time()
    OneCoreHasher().encode("mot-de-passe", SALT)
    own, process = time.thread_time() - own, time.process_time() - process
    assert own > process / 2


def test_it_is_the_one_in_use(monkeypatch):
    from qualiforma import settings as deployed

    assert deployed.PASSWORD_HASHERS == ["qualiforma.accounts.hashers.OneCoreHasher"]
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", deployed.PASSWORD_HASHERS)
    assert check_password("mot-de-passe", make_password("mot-de-passe"))
