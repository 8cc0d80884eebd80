"""The kept answers. They live in the tenant's schema and commit with the effect they answer for."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """The answer to one `Idempotency-Key` of one user, method and path.

    Neither key nor body are kept, only keyed digests: a body may hold a password. Of the content a
    view names what is left out (see `KernelViewSet.excluded_fields`).
    """

    id = models.CharField(primary_key=True, max_length=64, db_collation="C")
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content = models.TextField(default="")
    etag = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("réponse conservée")
        verbose_name_plural = _("réponses conservées")
        # For the purge of what is older than the retention.
        indexes: ClassVar = [models.Index(fields=["created_at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return self.pk
