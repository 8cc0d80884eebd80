"""Take this storage of files for the installation's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qualiforma.provisioning import storage_mark


class Command(BaseCommand):
    """Exit status 0 done, 1 when there is nothing to adopt."""

    help = (
        "Mark the storage of files that is configured here as the installation's, after its files were "
        "copied there (from a folder to a bucket, say). Run verify_files --all-tenants first. "
        "Exit status: 0 done, 1 no server has run yet, 2 wrong usage or configuration."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not storage_mark.adopt():
            raise CommandError("No server has run on this database yet: there is nothing to adopt.")
        self.stdout.write("This storage is the installation's from now on.")
