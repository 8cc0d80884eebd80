"""What a plan is expected to achieve and what was measured; dates that were moved."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models.plans import ACTION_DESCRIPTION_MAX, CorrectiveAction, ImprovementPlan
from improvements.states import ResultDirection
from qualiforma.fields import not_blank, one_of, person_key
from qualiforma.ids import IdField

RESULT_NAME_MAX = 200
UNIT_MAX = 40
# Of a value, either side of zero.
VALUE_MAX = 1_000_000_000
RESULTS_MAX = 10
VALUE_DIGITS, VALUE_DECIMALS = 12, 2


def value_field(label: Any, **kwargs: Any) -> "models.DecimalField[Any, Any]":
    """Return a column that holds a measured or expected number."""
    return models.DecimalField(
        label, max_digits=VALUE_DIGITS, decimal_places=VALUE_DECIMALS, **kwargs
    )


class ExpectedResult(models.Model):
    """A figure that the plan is to reach, by which its effect is judged."""

    id = IdField(prefix="res")
    plan = models.ForeignKey(
        ImprovementPlan,
        on_delete=models.PROTECT,
        related_name="expected_results",
        verbose_name=_("plan"),
    )
    name = models.CharField(_("résultat attendu"), max_length=RESULT_NAME_MAX)
    unit = models.CharField(_("unité"), max_length=UNIT_MAX, blank=True, default="")
    baseline = value_field(_("valeur de départ"), null=True, blank=True)
    target = value_field(_("valeur visée"))
    direction = models.CharField(_("sens"), max_length=10, choices=ResultDirection)
    measured_value = value_field(_("valeur mesurée"), null=True, blank=True)
    measured_on = models.DateField(_("mesurée le"), null=True, blank=True)
    not_measurable_until = models.DateField(_("pas mesurable avant le"), null=True, blank=True)
    # Targets that were given up after the plan had started, oldest first.
    # Shape: {"from", "to": texts of numbers, "reason", "at": ISO instant}.
    target_changes = models.JSONField(
        _("changements de la valeur visée"), default=list, blank=True, editable=False
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("résultat attendu")
        verbose_name_plural = _("résultats attendus")
        ordering = ("position", "id")
        constraints: ClassVar = [
            one_of("direction", ResultDirection, "result_direction_known"),
            not_blank("name", "result_name_not_blank"),
            models.CheckConstraint(
                condition=Q(measured_value__isnull=True, measured_on__isnull=True)
                | Q(measured_value__isnull=False, measured_on__isnull=False),
                name="result_measured_has_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def met(self) -> bool | None:
        """Whether the measured value is what was expected; None as long as nothing was measured."""
        return is_met(self.direction, self.target, self.measured_value)


def is_met(direction: str, target: Decimal, value: Decimal | None) -> bool | None:
    """Compare a measured value with the target: at least, at most, or exactly it."""
    if value is None:
        return None
    if direction == ResultDirection.UP:
        return value >= target
    return value <= target if direction == ResultDirection.DOWN else value == target


class DueDateMove(models.Model):
    """A due date of an action that was given up for another, with the reason. Never changes."""

    id = IdField(prefix="mov")
    plan = models.ForeignKey(ImprovementPlan, on_delete=models.PROTECT, related_name="+")
    action = models.ForeignKey(
        CorrectiveAction,
        on_delete=models.PROTECT,
        related_name="due_date_moves",
        verbose_name=_("action corrective"),
    )
    from_date = models.DateField(_("ancienne échéance"))
    to_date = models.DateField(_("nouvelle échéance"), null=True)
    # Empty: not given.
    reason = models.TextField(_("motif"), max_length=ACTION_DESCRIPTION_MAX, blank=True, default="")
    moved_at = models.DateTimeField(_("reportée le"), default=timezone.now)
    # Nobody for moves older than this table, made by a command.
    moved_by = person_key(verbose_name=_("reportée par"), null=True)

    class Meta:
        verbose_name = _("report d’échéance")
        verbose_name_plural = _("reports d’échéance")
        ordering = ("moved_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["action", "moved_at", "id"], name="move_of_action"),
        ]

    def __str__(self) -> str:
        return f"{self.from_date:%d/%m/%Y}"

    @property
    def is_postponement(self) -> bool:
        """Whether the new date is later, or there is none any more."""
        return self.to_date is None or self.to_date > self.from_date
