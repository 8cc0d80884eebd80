"""Building a bundle: one function for commands, jobs and pages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from qualiforma import __version__, audit, pdf
from qualiforma.audit import verify_trail
from qualiforma.audit.context import Named
from qualiforma.bundle import verify_bundle
from qualiforma.bundle.archive import Archive
from qualiforma.bundle.audit import BUNDLE, EXPORTED, FILE_EXPORTED, REGISTER_EXPORTED
from qualiforma.bundle.contents import Contents, Missing, Progress, nothing
from qualiforma.bundle.documents import facts_of
from qualiforma.bundle.index import write_index
from qualiforma.bundle.journal import write_journal
from qualiforma.bundle.readme import write_readme
from qualiforma.bundle.scope import Scope
from qualiforma.bundle.sections import Register, sections, sections_in_order
from qualiforma.errors import FieldError, InvalidFieldsError

GENERATOR = f"QualiForma {__version__}"
LANGUAGE = "fr"
VERIFIERS = (verify_bundle, verify_trail)
FORMS = ("xlsx", "csv", "pdf")
# A document is held whole while it is made: some 0.5 MiB for each record.
PRINTED_MAX = 500
LEARNERS = "learners"  # the section that holds learners' files
Writer = Callable[[Contents], None]


@dataclass(frozen=True)
class Built:
    """What was built. `counts`: the rows of each register; `size` in bytes."""

    path: Path
    sha256: str
    size: int
    files: int
    counts: dict[str, int]
    missing: list[Missing]

    @property
    def is_complete(self) -> bool:
        """Say whether nothing that belongs there is missing."""
        return not self.missing


def build_bundle(
    scope: Scope,
    output: Path,
    *,
    progress: Progress = nothing,
    actor: Named | None = None,
    recipient: str = "",
    is_recorded: bool = True,
) -> Built:
    """Write the open tenant's bundle of a scope to a new file; the export is recorded in the trail.

    `recipient`: for whom, in words. Nothing half-written is left, whatever happens; what a killed
    process left goes at the next run. Memory: a line for each file, the names of users.
    Errors: `OSError` for a file that cannot be written, `FileExistsError` for one that is there;
    `InvalidFieldsError` for learners of the scope that are not there.
    """

    def write(contents: Contents) -> None:
        for section in sections_in_order():
            section.write(contents)
        write_journal(contents)
        write_index(contents)
        write_readme(contents)

    record = _recording(EXPORTED, scope, actor, recipient=recipient) if is_recorded else None
    return write_archive(scope, output, write, progress=progress, record=record)


def build_learner_file(
    scope: Scope,
    output: Path,
    *,
    progress: Progress = nothing,
    actor: Named | None = None,
    recipient: str = "",
) -> Built:
    """Write the files of the learners of a scope alone. Errors: as for a bundle."""
    record = _recording(FILE_EXPORTED, scope, actor, recipient=recipient)
    write = sections[LEARNERS].write
    return write_archive(scope, output, write, progress=progress, record=record)


def build_register(
    scope: Scope,
    register: Register,
    output: Path,
    *,
    form: str,
    progress: Progress = nothing,
    actor: Named | None = None,
) -> Built:
    """Write one register of a scope, in one of `FORMS`, to a new file.

    Errors: as for a bundle; `InvalidFieldsError` for more than `PRINTED_MAX` records as PDF.
    """
    if output.exists():
        raise FileExistsError(17, "exists already")
    with Archive(output, scope.root) as archive, override(LANGUAGE):
        contents = Contents(scope, archive, progress)
        path = f"{register.path}.{form}"
        if form == "pdf":
            _print_register(contents, register, path)
        else:
            title, rows = str(register.name.label), register.rows(contents)
            contents.table(register.path, title, register.columns, rows)
        archive.close()
        built = Built(output, archive.sums[path], 0, 1, contents.counts, contents.missing)
        _recording(REGISTER_EXPORTED, scope, actor, register=register.name.value)(built)
        _sum, size = archive.publish_member(path)
    return replace(built, size=size)


def _print_register(contents: Contents, register: Register, path: str) -> None:
    """Write a register to be read on paper: each record with all that is known of it."""
    rows = list(islice(register.rows(contents), PRINTED_MAX + 1))
    if len(rows) > PRINTED_MAX:
        detail = _("Plus de %d fiches : choisissez xlsx ou csv, ou une période plus courte.")
        raise InvalidFieldsError([FieldError("format", "too_many", detail % PRINTED_MAX)])
    scope, title = contents.scope, str(register.name.label)
    day = "DATE_FORMAT"
    blocks: list[pdf.Block] = [] if rows else [pdf.paragraph("Aucune fiche.")]
    for number, row in enumerate(rows, 1):
        blocks += [pdf.heading(f"{number}."), facts_of(register.columns, row)]
    contents.counts[register.path.rpartition("/")[2]] = len(rows)
    period = f"Du {date_format(scope.since, day)} au {date_format(scope.until, day)}"
    contents.document(path, pdf.Document(title, scope.tenant_name, subtitle=period, blocks=blocks))


def _recording(
    code: str, scope: Scope, actor: Named | None, **noted: str
) -> Callable[[Built], None]:
    def record(built: Built) -> None:
        with audit.action(code, actor=actor, reason=scope.reason):
            missing = len(built.missing)
            said = {**scope.as_json(), **noted}
            audit.log_event(BUNDLE, **said, sha256=built.sha256, missing=missing)

    return record


def write_archive(
    scope: Scope,
    output: Path,
    write: Writer,
    *,
    progress: Progress,
    record: Callable[[Built], None] | None,
) -> Built:
    """Write an archive that proves itself; `record` is called before it gets its name."""
    if output.exists():
        raise FileExistsError(17, "exists already")
    with Archive(output, scope.root) as archive, override(LANGUAGE):
        contents = Contents(scope, archive, progress)
        write(contents)
        if contents.missing:
            with contents.file(verify_bundle.MISSING) as file:
                for one in sorted(contents.missing, key=str):
                    file.write(f"{one}\n".encode())
        _write_verifiers(contents)
        _write_manifest(contents)
        members = sorted(archive.members, key=lambda one: one.path)
        with contents.file(verify_bundle.SUMS) as file:
            for member in members:
                file.write(f"{member.sha256}  {member.path}\n".encode())
        digest = archive.close()
        files, counts = len(archive.members), contents.counts
        built = Built(output, digest, archive.size, files, counts, contents.missing)
        if record:
            record(built)
        archive.publish()
    return built


def _write_verifiers(contents: Contents) -> None:
    for module in VERIFIERS:
        source = Path(str(module.__file__))
        with contents.file(f"integrite/{source.name}") as file:
            file.write(source.read_bytes())


def _write_manifest(contents: Contents) -> None:
    scope = contents.scope
    said = {
        "format": verify_bundle.FORMAT,
        "version": verify_bundle.VERSION,
        "generator": GENERATOR,
        "scope": scope.as_json(),
        "trail": {"after": list(scope.after), "head": list(scope.head)},
        "counts": contents.counts,
        "missing": len(contents.missing),
        **contents.notes,
    }
    members = sorted(contents.archive.members, key=lambda one: one.path)
    with contents.file(verify_bundle.MANIFEST) as file:
        text = json.dumps(said, ensure_ascii=False, indent=1)
        file.write((text.rstrip("\n}") + ',\n "files": [').encode())
        for rank, one in enumerate(members):
            line = {"path": one.path, "size": one.size, "sha256": one.sha256}
            line |= {} if one.rows is None else {"rows": one.rows}
            file.write(f"{',' if rank else ''}\n  {json.dumps(line)}".encode())
        file.write(b"\n ]\n}\n")
