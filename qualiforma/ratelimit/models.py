"""One counter per limit and subject."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """Attempts within the window that began with the first of them.

    The key is a keyed digest of tenant and subject: addresses and accounts do not stand here. The
    tenant's id does, so that its counters go when it goes.
    """

    id = models.CharField(primary_key=True, max_length=64, db_collation="C")
    scope = models.CharField(max_length=80, default="", blank=True, db_collation="C")
    hits = models.PositiveIntegerField()
    window_ends = models.DateTimeField()

    class Meta:
        verbose_name = _("compteur de tentatives")
        verbose_name_plural = _("compteurs de tentatives")
        indexes: ClassVar = [models.Index(fields=["window_ends"], name="counter_end")]

    def __str__(self) -> str:
        return self.pk
