"""Check that every stored file is there, and is what was stored."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from tqdm import tqdm

from qualiforma.errors import MissingError
from qualiforma.files import folder_of, stored_folders
from qualiforma.stored_files.registry import StoredFile, registered
from qualiforma.stored_files.verifying import Difference, differences
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus

UNREADABLE = (Error, OSError, BotoCoreError, ClientError)


class Command(BaseCommand):
    """Exit status 0 fine, 1 differences or unreadable (each is printed), 2 misused."""

    help = (
        "Compare every row that names a stored file with the file's size and SHA-256, and name files "
        "that are missing, altered or named by no row. Exit status: 0 no difference, 1 differences "
        "(or an organisation that cannot be read), 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the organisation's short name")
        which.add_argument(
            "--all-tenants", action="store_true", help="every one, and folders of none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        held = [self._check(tenant) for tenant in self._tenants(options)]  # each, whatever is found
        if options["all_tenants"]:
            held.append(self._check_folders())
        if not all(held):
            raise SystemExit(1)

    def _tenants(self, options: dict[str, Any]) -> Iterator[Tenant]:
        if options["all_tenants"]:
            half_made = TenantStatus.PROVISIONING
            yield from list(Tenant.objects.exclude(status=half_made).order_by("slug"))
            return
        try:
            yield get_tenant(options["tenant"])
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=2) from error

    def _check(self, tenant: Tenant) -> bool:
        """Say whether all is as it was stored. What cannot be read stops no other's check."""
        try:
            with tenant_context(tenant):
                return self._compare(tenant.slug)
        except UNREADABLE as error:
            return self._unreadable(tenant.slug, error)

    def _compare(self, slug: str) -> bool:
        files = unknown = found = 0
        total = sum(rows.count() for rows in registered)
        with tqdm(total=total, unit="file", desc=slug, disable=None) as bar:

            def count(stored: StoredFile) -> None:
                nonlocal files, unknown
                files, unknown = files + 1, unknown + (not stored.sha256)
                bar.update()

            for difference in differences(count):
                found += 1
                bar.clear()
                self.stdout.write(f"{slug}: {difference}")
        outcome = f"{found} differences" if found else "no difference"
        self.stdout.write(f"{slug}: {files} files, {outcome}")
        if unknown:
            self.stdout.write(f"{slug}: {unknown} of them were stored without a SHA-256")
        return not found

    def _check_folders(self) -> bool:
        """Name the folders of no organisation."""
        prefixes = Tenant.objects.values_list("storage_prefix", flat=True)
        try:
            stray = set(stored_folders()) - {folder_of(prefix) for prefix in prefixes}
        except UNREADABLE as error:
            return self._unreadable("tenants", error)
        for folder in sorted(stray):
            self.stdout.write(f"{Difference('EXTRA', folder, 'of no organisation')}")
        return not stray

    def _unreadable(self, name: str, error: Exception) -> bool:
        [first, *_] = str(error).splitlines() or [""]
        self.stdout.write(f"{name}: UNREADABLE: {first}")
        return False
