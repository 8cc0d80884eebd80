"""Argon2 on one core: the library gives each lane a thread of its own, eight to each password that is tried."""

import base64
import hmac

import argon2
from argon2.low_level import Type, core, error_to_str, ffi
from django.contrib.auth.hashers import Argon2PasswordHasher


class OneCoreHasher(Argon2PasswordHasher):
    """Django's hasher with the same hashes, whose lanes are computed one after another.

    Eight threads take all cores from everybody else while somebody tries passwords.
    """

    def encode(self, password: str, salt: str) -> str:
        """Return the hash with its parameters."""
        params = self.params()
        digest = digest_of(password.encode(), salt.encode(), params)
        return "$".join(
            [
                "argon2",
                "argon2id",
                f"v={params.version}",
                f"m={params.memory_cost},t={params.time_cost},p={params.parallelism}",
                _text(salt.encode()),
                _text(digest),
            ]
        )

    def verify(self, password: str, encoded: str) -> bool:
        """Say whether that is the password."""
        kept = encoded.partition("$")[2]
        salt, digest = map(_bytes, kept.split("$")[-2:])
        params = argon2.extract_parameters(f"${kept}")
        return hmac.compare_digest(digest_of(password.encode(), salt, params), digest)


def digest_of(password: bytes, salt: bytes, params: argon2.Parameters) -> bytes:
    """Return the digest, as `argon2.low_level.hash_secret_raw` does. Errors: `HashingError`."""
    out, given = ffi.new("uint8_t[]", params.hash_len), ffi.new("uint8_t[]", password)
    salted = ffi.new("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "version": params.version,
            "out": out,
            "outlen": params.hash_len,
            "pwd": given,
            "pwdlen": len(password),
            "salt": salted,
            "saltlen": len(salt),
            "t_cost": params.time_cost,
            "m_cost": params.memory_cost,
            "lanes": params.parallelism,
            "threads": 1,
        },
    )
    if fault := core(context, {Type.D: 0, Type.I: 1, Type.ID: 2}[params.type]):
        raise argon2.exceptions.HashingError(error_to_str(fault))
    return bytes(ffi.buffer(out))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
