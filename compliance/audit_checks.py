"""What readiness checks of audits and findings: what is late, what was not judged."""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Func, QuerySet
from django.utils.translation import gettext_lazy as _

from compliance.models import AuditJudgement, Finding
from compliance.states import AuditStatus, Judgement
from qualiforma.readiness import IDS_MAX, Check, Finder, Found, Rows, Scope, Severity


def _by_number(rows: Callable[[Scope], QuerySet[Any]], key: str) -> Finder:
    """Return a finder of records that name one indicator each."""

    def asked(scope: Scope) -> QuerySet[Any, Any]:
        ids = Func(ArrayAgg(key, order_by=key), template=f"(%(expressions)s)[1:{IDS_MAX}]")
        counted = rows(scope).order_by().values("indicator").annotate(total=Count("pk"), ids=ids)
        found: QuerySet[Any, Any] = counted.values_list("indicator", "total", "ids")
        return found

    def read(found: Rows) -> dict[int, Found]:
        return {number: Found(total, ids) for number, total, ids in found}

    return Finder(asked, read)


CHECKS = (
    Check(
        "FINDING_LATE",
        Severity.AT_RISK,
        _("Non-conformité dont l’échéance légale est passée."),
        _by_number(lambda scope: Finding.objects.filter(deadline__lt=scope.today), "pk"),
        "FINDING",
    ),
    Check(
        "FINDING_PENDING",
        Severity.AT_RISK,
        _("Non-conformité notifiée et non levée."),
        _by_number(lambda scope: Finding.objects.pending().filter(deadline__gte=scope.today), "pk"),
        "FINDING",
    ),
    Check(
        "AUDIT_NOT_JUDGED",
        Severity.AT_RISK,
        _("Audit passé où cet indicateur reste sans appréciation."),
        _by_number(
            lambda scope: AuditJudgement.objects.filter(
                judgement=Judgement.NOT_JUDGED, audit__audit_date__lt=scope.today
            ).exclude(audit__status=AuditStatus.CLOSED),
            "audit",
        ),
        "AUDIT",
    ),
)
