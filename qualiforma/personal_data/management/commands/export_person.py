"""Write everything that an organisation holds about a person to one archive."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.personal_data import options as shared
from qualiforma.personal_data.exceptions import PersonalDataError
from qualiforma.personal_data.exporting import collect, export_person
from qualiforma.tenants.context import tenant_context

EPILOG = """
exit status:
  0  written
  1  failed, nothing is left
  2  wrong usage: unknown organisation or person, or --by is none of its ADMINs

example:
  export_person --tenant acme --person camille@example.fr --by admin@acme.fr \\
    --reason 'Droit d’accès, demande du 3 mars' --output camille.zip

In it: personne.json for programs, personne.pdf for people, and the files of records about the person.
Rows that the person only had a part in are named by type and id. The export stands in the audit trail.
"""


class Command(BaseCommand):
    """Nothing half-written has the file's name; only its owner can read it."""

    help = "Export everything about one person: a ZIP file with JSON, PDF and files."

    def add_arguments(self, parser: CommandParser) -> None:
        shared.add_request(parser, EPILOG)
        parser.add_argument("--output", type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        if output is None and not options["dry_run"]:
            raise CommandError("--output is needed.", returncode=shared.MISUSED)
        with tenant_context(shared.tenant_of(options)):
            person, actor = shared.person_and_actor(options)
            if options["dry_run"] or output is None:
                for one in collect(person)["records"]:
                    self.stdout.write(f"{len(one['rows'])} {one['label']}")
                return
            try:
                count = export_person(
                    person=person, output=output, reason=options["reason"], actor=actor
                )
            except PersonalDataError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{output}: {count} records")
