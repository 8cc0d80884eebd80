"""What the queue itself does not remember of a job. Shared tables: ids only, nothing personal."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobEffect(models.Model):
    """A job whose work is committed: the row is written in the work's own transaction.

    The queue learns of a job's end a moment later, in another transaction. A worker that dies in
    between leaves a job that looks unfinished; this row tells that its effect is there.
    """

    job_id = models.BigIntegerField(primary_key=True)
    done_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("effet de tâche")
        verbose_name_plural = _("effets de tâches")

    def __str__(self) -> str:
        return str(self.job_id)


class JobTrouble(models.Model):
    """What went wrong with a job last, for operators."""

    job_id = models.BigIntegerField(primary_key=True)
    # Workers that ended while they ran it.
    deaths = models.PositiveSmallIntegerField(default=0)
    parked_at = models.DateTimeField(null=True)
    # Kind of the exception, its text where that quotes no value.
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("incident de tâche")
        verbose_name_plural = _("incidents de tâches")
        indexes: ClassVar = [models.Index(fields=["parked_at"], name="job_trouble_parked")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.error}"


class MorningRun(models.Model):
    """The last morning on which an organisation was asked what it needs (`qualiforma.jobs.mornings`)."""

    tenant = models.CharField(max_length=80, primary_key=True, db_collation="C")
    day = models.DateField()

    class Meta:
        verbose_name = _("passage du matin")
        verbose_name_plural = _("passages du matin")

    def __str__(self) -> str:
        return f"{self.tenant}: {self.day}"
