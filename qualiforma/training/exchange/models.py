"""An import in the making: what was uploaded, what a trial run found, what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.columns import one_of, person_key
from qualiforma.ids import IdField


class ImportStatus(TextChoices):
    """Where an import stands. It is tried once, confirmed at most once, then over."""

    CHECKING = "CHECKING", _("Vérification en cours")
    CHECKED = "CHECKED", _("Vérifié")
    IMPORTING = "IMPORTING", _("Import en cours")
    DONE = "DONE", _("Terminé")


RUNNING = frozenset({ImportStatus.CHECKING, ImportStatus.IMPORTING})


class RecordImport(models.Model):
    """An uploaded file of records. The counts are those of the latest run over it."""

    id = IdField(prefix="rim")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    # Where the upload and the report of its refused rows lie; empty once they are gone.
    upload_key = models.CharField(max_length=300, blank=True, default="")
    report_key = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=20, choices=ImportStatus, default=ImportStatus.CHECKING)
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
    # The first refusals, for the page; the report has them all.
    refusals = models.JSONField(default=list)
    language = models.CharField(max_length=2)
    # In whose name it is run: who uploaded it, then who confirmed it.
    started_by = person_key()
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("import de fiches")
        verbose_name_plural = _("imports de fiches")
        indexes: ClassVar = [models.Index(fields=["started_at"], name="record_import_age")]
        constraints: ClassVar = [one_of("status", ImportStatus, "record_import_status_known")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_running(self) -> bool:
        """Whether a worker has it."""
        return self.status in RUNNING


class TableCopy(models.Model):
    """A table that a trial asks the database to copy. No row is kept: see the migration."""

    id = models.SmallIntegerField(primary_key=True)
    name = models.TextField(db_collation="C")

    def __str__(self) -> str:
        return self.name
