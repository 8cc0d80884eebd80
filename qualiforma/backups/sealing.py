"""The secret key in a backup: encrypted under a passphrase that is kept elsewhere."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from qualiforma.backups.errors import BackupError

PASSPHRASE_MIN_LENGTH = 12
# 32 MiB and a tenth of a second for each guess.
COST = {"n": 2**15, "r": 8, "p": 1}
PURPOSE = b"qualiforma secret key, version 1"


def seal(secret: str, passphrase: str) -> dict[str, str]:
    """Return the encrypted secret, with what opening it needs beside the passphrase.

    Errors: `BackupError` for a passphrase that is too short.
    """
    if len(passphrase) < PASSPHRASE_MIN_LENGTH:
        raise BackupError(
            f"The passphrase must have {PASSPHRASE_MIN_LENGTH} characters at least; "
            "QUALIFORMA_BACKUP_PASSPHRASE or the file QUALIFORMA_BACKUP_PASSPHRASE_FILE holds it."
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, secret.encode(), PURPOSE)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return {name: base64.b64encode(value).decode() for name, value in parts.items()}


def unseal(sealed: dict[str, str], passphrase: str) -> str:
    """Return the secret. Errors: `BackupError` for another passphrase or damaged values."""
    try:
        salt, nonce, text = (
            base64.b64decode(sealed[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, text, PURPOSE).decode()
    except (InvalidTag, KeyError, ValueError) as error:
        raise BackupError(
            "The secret key cannot be read from this backup: another passphrase sealed it."
        ) from error


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **COST).derive(passphrase.encode())
