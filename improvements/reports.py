"""A closing report as people read it: what was said, and the plan as it stood on that day."""

from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from improvements.models import ClosingReport, ImprovementPlan
from improvements.states import ActionStatus, ComplaintKind, ComplaintStatus, Trigger
from qualiforma.qualiopi.grids import named

Snapshot = dict[str, Any]


def report_of(plan: ImprovementPlan) -> dict[str, Any]:
    """Return the context that `improvements/report.html` shows. Cost: two queries, one without."""
    report: ClosingReport | None = getattr(plan, "closing_report", None)
    if report is None:
        return {"report": None}
    key = report.attachment_s3_key
    return {
        "report": report,
        "report_file": plan.attachments.filter(key=key).first() if key else None,
        "frozen": _frozen(report.snapshot) if report.snapshot else None,
    }


def _frozen(snapshot: Snapshot) -> dict[str, Any]:
    """Return the frozen state in words. Shape: see `improvements.services.snapshots`."""
    closed = parse_datetime(snapshot["closedAt"] or "")
    day = timezone.localdate(closed) if closed else None
    indicators = "\n".join(named(number, day) for number in snapshot["indicators"])
    fields = [
        (_("Référence"), snapshot.get("reference")),
        (_("Titre"), snapshot["title"]),
        (_("Description"), snapshot["description"]),
        (_("Déclencheur"), _label(Trigger, snapshot["trigger"])),
        (_("Indicateurs Qualiopi"), indicators),
        (_("Responsable"), _name(snapshot["owner"])),
        (_("Créé le"), _day(snapshot["createdAt"])),
        (_("Démarré le"), _day(snapshot["startedAt"])),
        (_("Échéance"), _day(snapshot["targetDate"])),
        (_("Clôturé le"), _day(snapshot["closedAt"])),
        (_("Clôturé par"), _name(snapshot["closedBy"])),
    ]
    return {
        "fields": [(title, text) for title, text in fields if text],
        "actions": [
            {
                "description": one["description"],
                "status": _label(ActionStatus, one["status"]),
                "owner": _name(one["owner"]),
                "due": _day(one["dueDate"]),
                "completed": _day(one["completedAt"]),
            }
            for one in snapshot["actions"]
        ],
        "complaints": [
            {
                "subject": one["subject"],
                "kind": _label(ComplaintKind, one["kind"]),
                "status": _label(ComplaintStatus, one["status"]),
                "received": _day(one["receivedAt"]),
            }
            for one in snapshot["complaints"]
        ],
    }


def _label(kind: Any, value: str) -> str:
    return str(kind(value).label) if value in kind.values else value


def _name(person: Snapshot | None) -> str:
    if person is None:
        return ""
    return person["name"] or gettext("nom effacé")


def _day(text: str | None) -> str:
    """Return the day in Paris of an instant, or a date as it is."""
    if not text:
        return ""
    instant = parse_datetime(text) if "T" in text else None
    day = timezone.localdate(instant) if instant else parse_date(text)
    return date_format(day, "SHORT_DATE_FORMAT") if day else text
