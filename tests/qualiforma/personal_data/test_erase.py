"""Afterwards nothing names the person: the database's dump, files, jobs, mails, logs; the trail verifies."""

import io
import os
import subprocess

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from compliance.models import NeedsAnalysis
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.files import stored_below
from qualiforma.personal_data.finding import texts_of
from qualiforma.provisioning.templates import _pg_dump
from qualiforma.tenants.context import tenant_context
from tests.qualiforma.personal_data import someone
from tests.qualiforma.personal_data.conftest import run, verify_head

REASON = "Droit à l’effacement, demande du 3 mars"


def erase(tenant, person, *words):
    return run("erase_person", tenant, person, f"--reason={REASON}", *words)


def everything(tenant):
    """Yield whatever is kept, as lower-case text by the place where it is."""
    dump = subprocess.run(
        [_pg_dump(), os.environ["DATABASE_OWNER_URL"]], capture_output=True, check=True
    )
    yield "dump", dump.stdout.decode().lower()
    with tenant_context(tenant):
        for key, _size in stored_below("tenants"):
            yield "key", key.lower()
            with default_storage.open(key) as file:
                yield from ((key, text.lower()) for text in texts_of(file))
    for path in settings.HOME.parent.rglob("*"):
        if path.suffix in {".eml", ".log"}:
            yield path.name, path.read_text(errors="replace").lower()


def places_naming(tenant):
    return {
        place for place, text in everything(tenant) if any(one in text for one in someone.WORDS)
    }


def test_nothing_names_the_person_afterwards(oubli, caplog, capfd):
    tenant, _admin, _her = oubli
    before = places_naming(tenant)
    assert "dump" in before
    assert len(before) >= 6, before  # files and a mail, too: the search does find
    code, said = erase(tenant, someone.ADDRESS)
    assert code == 0, said
    assert places_naming(tenant) == set()
    logged = (caplog.text + "".join(capfd.readouterr()) + said).lower()
    assert not any(one in logged for one in someone.WORDS)
    assert f"{tenant.slug}: intact" in verify(tenant)
    call_command("verify_files", f"--tenant={tenant.slug}", stdout=io.StringIO())


def verify(tenant):
    said = io.StringIO()
    call_command("verify_audit_trail", f"--tenant={tenant.slug}", "--records", stdout=said)
    call_command("check_audit_guards", f"--tenant={tenant.slug}", stdout=said)
    return said.getvalue()


def test_the_trail_names_who_and_why_and_the_token_is_the_same(oubli):
    tenant, admin, her = oubli
    erase(tenant, her.pk)
    with tenant_context(tenant):
        user = User.objects.get(pk=her.pk)
        entries = AuditEvent.objects.filter(action="personal_data.person.erased")
        entry = entries.get(operation="ENTRY")
        assert entry.actor == admin.pk
        assert entry.clear["reason"][1] == f'"{REASON}"'
        assert not user.is_active
        assert not user.has_usable_password()
        token = user.email.partition("@")[0].removeprefix("efface-")
        assert user.name == f"Personne effacée {token.upper()}"
        assert NeedsAnalysis.objects.get().accessibility_needs == ""
    again, said = erase(tenant, her.pk)
    assert (again, f"token {token}" in said) == (0, True)


def test_a_dry_run_says_what_would_be_and_changes_nothing(oubli):
    tenant, _admin, her = oubli
    before = verify_head(tenant)
    code, said = erase(tenant, her.pk, "--dry-run")
    assert code == 0
    assert "would be rewritten" in said
    assert "files would be replaced" in said
    assert verify_head(tenant) == before
    with tenant_context(tenant):
        assert User.objects.get(pk=her.pk).name == someone.NAME


@pytest.mark.parametrize("oubli", [(None,)], indirect=True)
def test_what_a_law_makes_keep_is_kept_and_said(oubli):
    tenant, _admin, her = oubli
    code, said = erase(tenant, her.pk)
    assert code == 3
    assert "kept until" in said
    assert "L. 6362-6" in said
    with tenant_context(tenant):
        user = User.objects.get(pk=her.pk)
        assert (user.name, user.is_active) == (someone.NAME, False)
        assert not user.refresh_families.exists()
        needs = NeedsAnalysis.objects.get()
        assert (needs.accessibility_needs, bool(needs.context)) == ("", True)
        assert AuditEvent.objects.filter(
            action="personal_data.person.restricted", operation="ENTRY"
        ).exists()


REFUSED = {
    "nobody": (("nobody@x.fr",), "Nobody here"),
    "a reason with the name": (
        (someone.ADDRESS, f"--reason=Pour {someone.NAME}"),
        "names the person",
    ),
    "no admin": ((someone.ADDRESS, "--by=z@x.fr"), "no active ADMIN"),
    "oneself": (("admin@oubli.fr",), "Nobody erases themselves"),
}


def test_what_is_refused_changes_nothing(oubli):
    tenant, _admin, _her = oubli
    before = verify_head(tenant)
    for what, (words, reason) in REFUSED.items():
        with pytest.raises(CommandError, match=reason):
            erase(tenant, *words)
        assert verify_head(tenant) == before, what


def test_others_keep_their_names(oubli):
    tenant, admin, her = oubli
    erase(tenant, her.pk)
    with tenant_context(tenant), connection.cursor() as cursor:
        assert User.objects.get(pk=admin.pk).name == "Ada Ministre"
        cursor.execute("SELECT count(*) FROM audit_event WHERE clear::text LIKE '%Ada Ministre%'")
        assert cursor.fetchone()[0]
