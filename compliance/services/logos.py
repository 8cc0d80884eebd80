"""The organisation's logo: one stored picture, which its login page shows."""

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from compliance.models import OrganisationProfile
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.files import discard, tenant_folder
from qualiforma.ids import new_id
from qualiforma.uploads import PICTURES, Upload, check_upload, digest_of

LOGO_MAX_BYTES = 1024**2


def change_logo(*, upload: Upload, actor: Actor) -> OrganisationProfile:
    """Store a picture as the logo, in the place of the one before.

    The profile's version stays: nothing that its readers compare has changed. Errors:
    `InvalidFieldsError` on `file` for what is no whole PNG, JPEG or WebP of a megabyte at most.
    """
    kind = check_upload(upload, PICTURES, LOGO_MAX_BYTES)
    name = f"{new_id('lgo')}.{kind.extensions[0]}"
    sha256 = digest_of(upload.file)
    key = default_storage.save(tenant_folder("organisation") + name, File(upload.file))
    try:
        return _set_logo(key=key, sha256=sha256, actor=actor)
    except BaseException:
        discard(key)
        raise


@audit.audited("compliance.organisation.logo_changed")
def _set_logo(*, key: str, sha256: str, actor: Actor) -> OrganisationProfile:
    # The trail's lock lets nobody else make the row meanwhile.
    row = OrganisationProfile.objects.first() or OrganisationProfile.objects.create()
    _replace(row, key, sha256)
    return row


@audit.audited("compliance.organisation.logo_removed")
def remove_logo(*, actor: Actor) -> None:
    """Show the organisation's name alone again; nothing to do without a logo."""
    row = OrganisationProfile.objects.exclude(logo="").first()
    if row is not None:
        _replace(row, "", "")


def _replace(row: OrganisationProfile, key: str, sha256: str) -> None:
    before, row.logo, row.logo_sha256 = row.logo, key, sha256
    row.save(update_fields=["logo", "logo_sha256"])
    if before:
        transaction.on_commit(lambda: discard(before))
