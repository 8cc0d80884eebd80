"""Links to stored files: short-lived, signed, worth nothing in another tenant."""

import re
from datetime import timedelta
from pathlib import PurePath

from qualiforma.files import is_key_below, tenant_folder
from qualiforma.links import DeadLinkError, make_link, read_token
from qualiforma.tenants.context import current_scope

LINK = "file"
LIFETIME = timedelta(minutes=15)


def file_link(key: str, name: str = "") -> str:
    """Return a link to a stored file of the open tenant, saved under `name`.

    Without a name: what the key says of it, its id left out.
    """
    plain = re.sub(r"\A[a-z]{3}_[0-9a-f]{24}-", "", PurePath(key).name)
    return make_link(LINK, current_scope(), {"key": key, "name": name or plain})


def linked_file(token: str) -> tuple[str, str]:
    """Return key and name of what a link of the open tenant leads to.

    Errors: `DeadLinkError` for an altered or old link. What is signed was right once: the key is held
    against the tenant's folder again. Whether a row still names the file is not asked here.
    """
    signed = read_token(LINK, token, max_age=LIFETIME)
    key = str(signed["key"])
    if signed["t"] != current_scope() or not is_key_below(key, tenant_folder()):
        raise DeadLinkError
    return key, str(signed["name"])
