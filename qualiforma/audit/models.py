"""The trail's tables. Nothing here is ever written by the application: see the migrations.

Source: platform notes, "The audit trail and frozen records".
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def word(label: "StrOrPromise") -> "models.TextField[str, str]":
    """Return a column for ids and codes: compared byte by byte, never cut."""
    return models.TextField(label, db_collation="C")


class RecordedInstantField(models.DateTimeField):  # type: ignore[type-arg]  # the plugin's affair
    """An instant as it was recorded, read as None where Python has none like it (`-infinity`).

    Only somebody who falsifies the trail puts one there; the pages must show its entry.
    """

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """Choose what is read. Years 1 and 9999 have no time in every zone."""
        readable = f"CASE WHEN {sql} >= '0002-01-01Z' AND {sql} < '9999-01-01Z' THEN {sql} END"
        return readable, [*params, *params, *params]

    def deconstruct(self) -> Any:
        """As the column is that of its base."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs


class RecordedValuesField(models.JSONField):
    """Values as they were recorded, read as None where they are nested too deep for Python.

    Only somebody who falsifies the trail puts such there; the pages must show its entry.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Read JSON's text."""
        try:
            return super().from_db_value(value, expression, connection)
        except RecursionError:
            return None

    def deconstruct(self) -> Any:
        """As the column is that of its base."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class AuditEvent(models.Model):
    """One change of one row, or one entry of its own (a login, an export).

    Shape: `canonical` is the text that `hash` is the SHA-256 of; it repeats every other column,
    `values` as digests. `clear` maps each value's name (`before.title`, `after.title`, `reason`,
    `actor`) to `[salt, JSON text]`, whose SHA-256 is that digest; erased ones are missing, as are
    those of sensitive columns, whose digest is null.
    """

    # Last + 1 under the tenant's lock: no identity column, so that a rollback leaves no hole.
    seq = models.BigIntegerField(_("séquence"), primary_key=True)
    at = RecordedInstantField(_("instant"))
    door = word(_("porte"))
    actor = word(_("auteur"))
    action = word(_("action"))
    operation = word(_("opération"))
    object_type = word(_("type d’objet"))
    object_id = word(_("objet"))
    # The object whose history this belongs to: a corrective action's plan; else the object.
    root_id = word(_("objet racine"))
    request_id = word(_("requête"))
    database_user = word(_("rôle de base de données"))
    clear = RecordedValuesField(_("valeurs"))
    canonical = models.TextField(_("texte scellé"))
    previous = word(_("empreinte précédente"))
    hash = word(_("empreinte"))

    class Meta:
        db_table = "audit_event"
        verbose_name = _("entrée du journal")
        verbose_name_plural = _("journal d’audit")
        # One per filter, each in the list's order.
        indexes: ClassVar = [
            models.Index(fields=["object_id", "-seq"], name="audit_object"),
            models.Index(fields=["root_id", "-seq"], name="audit_root"),
            models.Index(fields=["object_type", "-seq"], name="audit_type"),
            models.Index(fields=["actor", "-seq"], name="audit_actor"),
            models.Index(fields=["action", "-seq"], name="audit_action"),
            models.Index(fields=["door", "-seq"], name="audit_door"),
            models.Index(fields=["at"], name="audit_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="audit_event_seq")
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditLock(models.Model):
    """One row, locked by the person who writes the trail and never updated.

    A row that is updated would leave a version behind per entry: quadratic in one statement.
    """

    id = models.SmallIntegerField(primary_key=True)

    class Meta:
        db_table = "audit_lock"
        verbose_name = _("verrou du journal")
        verbose_name_plural = _("verrous du journal")

    def __str__(self) -> str:
        return str(self.pk)


class AuditEntry(models.Model):
    """What the application hands to the trigger that writes an entry; no row ever stays here."""

    id = models.SmallIntegerField(primary_key=True)
    object_type = word(_("type d’objet"))
    object_id = word(_("objet"))
    noted = models.JSONField(_("valeurs"))

    class Meta:
        db_table = "audit_entry"
        verbose_name = _("entrée à écrire")
        verbose_name_plural = _("entrées à écrire")

    def __str__(self) -> str:
        return self.object_id
