"""Put a token in place of a person, wherever one organisation names them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.personal_data import options as shared
from qualiforma.personal_data.erasing import Erasure, erase_person
from qualiforma.personal_data.exceptions import PersonalDataError
from qualiforma.tenants.context import tenant_context
from qualiforma.tenants.owner import as_owner

EPILOG = """
exit status:
  0  erased: nothing that could be searched names the person any more
  1  failed, nothing is changed
  2  wrong usage: unknown organisation or person, or --by is none of its ADMINs
  3  in part: a law makes the organisation keep the rest; each ground and its end is said

example:
  erase_person --tenant acme --person camille@example.fr --by admin@acme.fr \\
    --reason 'Droit à l’effacement, demande du 3 mars' --dry-run

The same person gets the same token in rows, file names and accounts; values of the audit trail that
name them are blanked, and it still verifies. Files that name them are replaced by a note. Pictures
and PDF files of records about them are listed: look at those yourself. Backups and database logs made
before keep what they hold until they are deleted. With status 3 the account is closed, its sessions
and needs of accessibility are erased; purge_personal_data does the rest when the law's period is over.
"""


class Command(BaseCommand):
    """Runs as the owner of the database."""

    help = "Erase one person from one organisation. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        shared.add_request(parser, EPILOG)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = shared.tenant_of(options)
        with as_owner(), tenant_context(tenant):
            person, actor = shared.person_and_actor(options)
            try:
                done = erase_person(
                    person=person,
                    reason=options["reason"],
                    actor=actor,
                    is_dry=options["dry_run"],
                )
            except PersonalDataError as error:
                raise CommandError(str(error)) from error
        self._say(done, is_dry=options["dry_run"])
        if done.holds:
            raise SystemExit(3)

    def _say(self, done: Erasure, *, is_dry: bool) -> None:
        verb = "would be" if is_dry else "are"
        for label, count in sorted(done.deleted.items()):
            self.stdout.write(f"{count} {label} {verb} deleted")
        for label, count in sorted(done.rows.items()):
            self.stdout.write(f"{count} {label} {verb} rewritten")
        if not done.holds:
            self.stdout.write(f"{done.values} values of the audit trail {verb} blanked")
            self.stdout.write(
                f"{len(done.files)} files {verb} replaced, {done.mails} mails deleted"
            )
            self.stdout.write(f"token {done.token}")
        for hold in done.holds:
            until = f"until {hold.until}" if hold.until else "without an end yet"
            self.stdout.write(f"kept {until}: {hold.what} ({hold.retention.ground})")
        for key in done.unread:
            self.stdout.write(f"look at it yourself: {key}")
