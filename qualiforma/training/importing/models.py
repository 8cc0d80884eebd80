"""An import in the making: what was uploaded, what a trial found, what is written of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import one_of, person_key
from qualiforma.ids import IdField


class ImportStatus(TextChoices):
    """The status of an import. It is tried, confirmed and written; one that stopped may go on."""

    MAPPING = "MAPPING", _("Colonnes à désigner")
    CHECKING = "CHECKING", _("Vérification en cours")
    CHECKED = "CHECKED", _("Vérifié")
    IMPORTING = "IMPORTING", _("Import en cours")
    STOPPED = "STOPPED", _("Interrompu")
    DONE = "DONE", _("Terminé")


HEADING_MAX = 200
RUNNING = frozenset({ImportStatus.CHECKING, ImportStatus.IMPORTING})


class RecordImport(models.Model):
    """A file of records. The counts are the trial's; once it is written, those of what is written."""

    id = IdField(prefix="rim")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    # Where the upload and the report of its refused rows lie; empty once they are gone.
    upload_key = models.CharField(max_length=300, blank=True, default="")
    report_key = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=20, choices=ImportStatus, default=ImportStatus.CHECKING)
    # SHA-256 of the file, and of the report.
    sha256 = models.CharField(max_length=64, blank=True, default="")
    report_sha256 = models.CharField(max_length=64, blank=True, default="")
    # The last row of the file that is dealt with: changed with the records, in the same commit.
    position = models.PositiveIntegerField(default=0)
    # How it was confirmed.
    mode = models.CharField(max_length=20, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    is_written = models.BooleanField(default=False)
    notices = models.JSONField(default=list)
    # The alphabet that people chose where a text can be read in several ways.
    alphabet = models.CharField(max_length=20, blank=True, default="")
    # What headings of this file mean by what people said, folded heading to column; "" ignores one.
    headings = models.JSONField(default=dict)
    # What is created where a row names a record that is not there: names of kinds, "invitations".
    creates = models.JSONField(default=list)
    # What the trial shows: what becomes of each column, the first rows beside what would be stored,
    # and what rows need besides; once it is written, what was created for them.
    # Shape: `columns` of `heading`, `becomes`; `rows` of `row`, `values` of `heading`, `cell`, `value`;
    # `made` of `kind`, `count`, `names`.
    shown = models.JSONField(default=dict)
    # The first refusals, for the page; the report has them all.
    refusals = models.JSONField(default=list)
    language = models.CharField(max_length=2)
    # In whose name it is run: who uploaded it, then who confirmed it; nobody for a command.
    started_by = person_key(null=True)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("import de fiches")
        verbose_name_plural = _("imports de fiches")
        indexes: ClassVar = [models.Index(fields=["started_at"], name="record_import_age")]
        constraints: ClassVar = [one_of("status", ImportStatus, "record_import_status_known")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def causes(self) -> list[dict[str, Any]]:
        """Return the first refusals, each cause once with its rows."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for one in self.refusals:
            cause = (one["column"], one["value"], one["reason"])
            found.setdefault(cause, {**one, "rows": []})["rows"].append(one["row"])
        return list(found.values())

    @property
    def is_running(self) -> bool:
        """Whether a worker has it."""
        return self.status in RUNNING


class HeadingMapping(models.Model):
    """What a heading means in this organisation's files of one kind, as somebody said on a page."""

    id = IdField(prefix="hdm")
    kind = models.CharField(max_length=20)
    # Folded: letters and digits alone.
    heading = models.CharField(max_length=HEADING_MAX)
    # As it stands in the file it was first met in.
    title = models.CharField(max_length=HEADING_MAX)
    # The name of a column; empty: the heading is ignored, whatever it seems to say.
    column = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("en-tête désigné")
        verbose_name_plural = _("en-têtes désignés")
        ordering = ("title", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "heading"], name="heading_mapping_once")
        ]

    def __str__(self) -> str:
        return self.title


class Became(TextChoices):
    """What became of a row."""

    CREATED = "created", _("Créée")
    CHANGED = "changed", _("Modifiée")
    UNCHANGED = "unchanged", _("Inchangée")
    REFUSED = "refused", _("Refusée")


class ImportedRow(models.Model):
    """A row that is dealt with, entered in the same commit as what became of it."""

    id = IdField(prefix="irw")
    running = models.ForeignKey(RecordImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    became = models.CharField(max_length=10, choices=Became)
    # The id of the record; of a refused row, empty.
    record = models.CharField(max_length=40, blank=True, default="")
    # What was created because the row needed it. Shape: `Made`'s members.
    made = models.JSONField(default=list)
    # Shape: `Refusal`'s members.
    refusals = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["running", "number"], name="imported_row_once"),
            one_of("became", Became, "imported_row_became_known"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.became}"


class TableCopy(models.Model):
    """A table that a trial asks the database to copy. No row is kept: see the migration."""

    id = models.SmallIntegerField(primary_key=True)
    name = models.TextField(db_collation="C")

    def __str__(self) -> str:
        return self.name
