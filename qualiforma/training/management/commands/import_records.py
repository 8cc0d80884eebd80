"""Bring records into one tenant from a file."""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from tqdm import tqdm

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import MissingError, RuleError
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.training.importing.headings import known_headings
from qualiforma.training.importing.importer import SYSTEM_ACTOR, Mode, Outcome, Refusal
from qualiforma.training.importing.kinds import KINDS, Kind
from qualiforma.training.importing.local_files import go_on, import_file, unfinished
from qualiforma.training.importing.missing import INVITATIONS
from qualiforma.training.importing.models import RecordImport
from qualiforma.training.importing.refused import reasons_of, refused_file
from qualiforma.training.importing.reports import report_file, write_refusal
from qualiforma.training.importing.table import Reading, Table
from qualiforma.training.importing.values import LANGUAGES

UNUSABLE, REFUSED, PARTIAL, STOPPED = 2, 1, 3, 4
REFUSALS_SHOWN = 50
EXIT = """
exit status:
  0  every row is taken (or would be, with --dry-run)
  1  rows are refused, nothing is written
  2  the file, the tenant or the user cannot be used; nothing is written by this call
  3  --skip-bad: written without the refused rows
  4  a row was refused that the trial had taken: written up to a row that is named, the rest is not

Columns are recognised by their French or English names, people by their e-mail address, companies
by SIRET, name or id, courses by id or exact title. A row with the id of a record changes it; rows
equal to the records they name change nothing, so that a file may be imported again. An attendance
has no id: its session and enrollment name it. Who enrolled somebody or issued a certificate is who
imports, whatever the records said elsewhere.

Without --skip-bad the file is tried first, and nothing is written when a row is refused. It is
written in pieces of about half a second; the other writers of the tenant come in between. An
import that was interrupted (status 4, a kill, a lost database) is exact up to its last piece: the
same command says so, and with --continue goes on after it.
"""


class Command(BaseCommand):
    """Without --skip-bad a single row that the trial refuses keeps everything out."""

    help = "Import records or users of one tenant from an XLSX or CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EXIT
        parser.add_argument("type", choices=KINDS, help="what the rows are")
        parser.add_argument("file", type=Path, help="XLSX, ODS or CSV; recognised by its content")
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="the tenant's slug")
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, say what would be"
        )
        parser.add_argument("--skip-bad", action="store_true", help="write the rows that are right")
        _add_creations(parser)
        interrupted = parser.add_mutually_exclusive_group()
        interrupted.add_argument(
            "--continue",
            dest="go_on",
            action="store_true",
            help="go on with an interrupted import of this file, after its last written row",
        )
        interrupted.add_argument(
            "--restart", action="store_true", help="forget that it was interrupted, begin anew"
        )
        parser.add_argument(
            "--report", metavar="FILE", type=Path, help="list each refused row (.csv or .xlsx)"
        )
        parser.add_argument(
            "--refused",
            metavar="FILE",
            type=Path,
            help="write the refused rows with their own columns and the reason, to be corrected and imported again (.xlsx or .csv)",
        )
        parser.add_argument(
            "--as", metavar="EMAIL", dest="email", help="the user who imports, for the trail"
        )
        parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            place = tenant_context(get_tenant(options["tenant"]))
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=UNUSABLE) from error
        with place, override(options["language"]):
            outcome = self._taken(options)
            self._tell(outcome)
        if outcome.left:
            raise SystemExit(STOPPED if outcome.is_written else REFUSED)
        if outcome.refused:
            raise SystemExit(PARTIAL if outcome.is_written else REFUSED)

    def _taken(self, options: dict[str, Any]) -> Outcome:
        kind, path = KINDS[options["type"]], options["file"]
        if not set(options["create"]) <= set(kind.creates):
            text = _("Cet import ne crée pas d’autres fiches que les siennes.")
            raise CommandError(text, returncode=UNUSABLE)
        mode = Mode.SKIP_BAD if options["skip_bad"] else Mode.ALL
        try:
            with ExitStack() as stack:
                whole: dict[str, Any] = {
                    "mode": Mode.DRY_RUN if options["dry_run"] else mode,
                    "actor": _actor(options["email"]),
                    "on_refusal": self._noter(stack, options["report"]),
                    "on_progress": _progress(stack),
                }
                refusals = _collected(whole) if options["refused"] else []
                if (running := _interrupted(kind, path, options)) is not None:
                    outcome = go_on(running, path, **whole)
                else:
                    creates = [*options["create"], *[INVITATIONS] * options["invite"]]
                    outcome = import_file(kind, path, creates=creates, **whole)
                if refusals:
                    table = Table(
                        path, kind.columns, reading=Reading(headings=known_headings(kind))
                    )
                    refused_file(options["refused"], table, reasons_of(refusals))
                return outcome
        except RuleError as error:
            raise CommandError(str(error.detail), returncode=UNUSABLE) from error
        except OSError as error:
            text = f"{error.filename}: {error.strerror}"
            raise CommandError(text, returncode=UNUSABLE) from error

    def _noter(self, stack: ExitStack, report: Path | None) -> Callable[[Refusal], None]:
        """Return what notes refusals: in the report, or the first ones on the terminal."""
        if report is not None:
            writer = stack.enter_context(report_file(report))
            return lambda refusal: write_refusal(writer, refusal)
        shown: list[int] = []

        def show(refusal: Refusal) -> None:
            shown.append(refusal.row)
            if len(shown) == REFUSALS_SHOWN + 1:
                self.stderr.write(_("… ; --report les donne toutes."))
            elif len(shown) <= REFUSALS_SHOWN:
                where = f"{refusal.column} « {refusal.value} » : " if refusal.column else ""
                line = _("Ligne %d") % refusal.row
                self.stderr.write(f"{line} : {where}{refusal.reason}")

        return show

    def _tell(self, outcome: Outcome) -> None:
        for notice in outcome.notices:
            self.stderr.write(notice)
        counts = (
            ngettext("%d créée", "%d créées", outcome.created) % outcome.created,
            ngettext("%d modifiée", "%d modifiées", outcome.changed) % outcome.changed,
            ngettext("%d inchangée", "%d inchangées", outcome.unchanged) % outcome.unchanged,
            ngettext("%d refusée", "%d refusées", outcome.refused) % outcome.refused,
        )
        rows = ngettext("%d ligne", "%d lignes", outcome.total) % outcome.total
        self.stdout.write(f"{rows} : {', '.join(counts)}")
        made = _("À créer en même temps – %(kind)s : %(count)d")
        if outcome.is_written:
            made = _("Créées en même temps – %(kind)s : %(count)d")
        for one in outcome.shown.get("made", ()):
            self.stdout.write(made % one)
        if not outcome.is_written:
            self.stdout.write(_("Rien n’est enregistré."))
        elif outcome.left:
            text = _(
                "Interrompu. Lignes traitées : %d ; lignes restantes : %d. Relancez avec --continue."
            )
            self.stdout.write(text % (outcome.done, outcome.left))


def _add_creations(parser: CommandParser) -> None:
    parser.add_argument(
        "--create",
        nargs="+",
        choices=["users", "companies", "courses"],
        default=[],
        help="create what rows name and is not there; people become learners (enrollments), managers (plan-actions), else trainers",
    )
    parser.add_argument(
        "--invite", action="store_true", help="send an invitation to the people created"
    )


def _collected(whole: dict[str, Any]) -> list[Refusal]:
    """Return a list that fills with the refusals while they are noted elsewhere too."""
    found: list[Refusal] = []
    note = whole["on_refusal"]

    def collect(refusal: Refusal) -> None:
        found.append(refusal)
        note(refusal)

    whole["on_refusal"] = collect
    return found


def _interrupted(kind: Kind, path: Path, options: dict[str, Any]) -> RecordImport | None:
    """Return the import to go on with. Errors: `CommandError` where there is none, or an unwanted one."""
    if options["dry_run"]:
        return None
    running = unfinished(kind, path)
    if options["go_on"] and running is None:
        raise CommandError(_("Aucun import de ce fichier n’est interrompu."), returncode=UNUSABLE)
    if running is None or options["go_on"]:
        return running
    if options["restart"]:
        running.delete()
        return None
    text = _(
        "Un import de ce fichier s’est arrêté après la ligne %d. Lignes traitées : %d ; lignes restantes : %d. Relancez avec --continue, ou --restart pour tout reprendre."
    )
    told = text % (running.position, running.done, running.total - running.done)
    raise CommandError(told, returncode=UNUSABLE)


def _actor(email: str | None) -> Actor:
    """Return who imports. Errors: `CommandError` for an unknown or inactive address."""
    if email is None:
        return SYSTEM_ACTOR
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise CommandError(
            _("Aucun utilisateur actif n’a l’adresse %s.") % email, returncode=UNUSABLE
        )
    return Actor.of(user)


def _progress(stack: ExitStack) -> Callable[[Outcome], None]:
    """Return what moves a bar, shown on terminals only."""
    bar = stack.enter_context(tqdm(unit="row", disable=None))

    def move(outcome: Outcome) -> None:
        bar.total = outcome.total
        bar.update(outcome.done - bar.n)  # back to the start when the trial is over

    return move
