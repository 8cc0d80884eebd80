"""A closing report as people read it: what was said, and the plan as it stood on that day."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from improvements.models import ClosingReport, ImprovementPlan
from improvements.services import policy
from improvements.states import (
    ActionKind,
    ActionStatus,
    CauseMethod,
    ComplaintKind,
    ComplaintStatus,
    ResultDirection,
    Trigger,
)
from qualiforma.qualiopi.grids import named

Snapshot = dict[str, Any]


def report_of(plan: ImprovementPlan) -> dict[str, Any]:
    """Return the context that `improvements/report.html` shows. Cost: two queries, none while it is open."""
    is_closed = plan.closed_at is not None
    report: ClosingReport | None = getattr(plan, "closing_report", None) if is_closed else None
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
    lacks = [str(policy.LACKS[code].text) for code in snapshot.get("notGiven", ())]
    fields = [
        (_("Référence"), snapshot.get("reference")),
        (_("Titre"), snapshot["title"]),
        (_("Description"), snapshot["description"]),
        (_("Cause"), snapshot.get("rootCause")),
        (_("Méthode"), _label(CauseMethod, snapshot.get("causeMethod", ""))),
        (_("Déclencheur"), _label(Trigger, snapshot["trigger"])),
        (_("Indicateurs Qualiopi"), indicators),
        (_("Responsable"), _name(snapshot["owner"])),
        (_("Créé le"), _day(snapshot["createdAt"])),
        (_("Démarré le"), _day(snapshot["startedAt"])),
        (_("Échéance"), _day(snapshot["targetDate"])),
        (_("Clôturé le"), _day(snapshot["closedAt"])),
        (_("Clôturé par"), _name(snapshot["closedBy"])),
        (_("Fait suite à"), snapshot.get("followsPlan")),
        (_("Efficacité à vérifier le"), _day(snapshot.get("effectivenessDueDate"))),
        (_("Non renseigné"), "\n".join(lacks)),
    ]
    return {
        "fields": [(title, text) for title, text in fields if text],
        "actions": [_action(one) for one in snapshot["actions"]],
        "results": [result_row(one) for one in snapshot.get("expectedResults", [])],
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


def _action(one: Snapshot) -> dict[str, str]:
    return {
        "description": one["description"],
        "kind": _label(ActionKind, one.get("kind", "")),
        "status": _status(one),
        "owner": _name(one["owner"]),
        "due": _due(one),
        "completed": _day(one["completedAt"]),
    }


def result_row(one: Snapshot) -> dict[str, str]:
    """Return an expected result in words. Shape: numbers are texts or None, days ISO texts or None."""
    unit = f" {one['unit']}" if one["unit"] else ""
    given = "\n".join(
        gettext("%(from)s devient %(to)s : %(reason)s") % {**change}
        for change in one["targetChanges"]
    )
    later = gettext("pas avant le %s") % _day(one["notMeasurableUntil"])
    return {
        "name": one["name"],
        "baseline": _number(one["baseline"]) + unit if one["baseline"] is not None else "",
        "target": f"{_label(ResultDirection, one['direction'])} : {_number(one['target'])}{unit}",
        "measured": (
            f"{_number(one['measuredValue'])}{unit}, {_day(one['measuredOn'])}"
            if one["measuredValue"] is not None
            else later
            if one["notMeasurableUntil"]
            else ""
        ),
        "met": {True: gettext("Atteint"), False: gettext("Non atteint"), None: ""}[one["met"]],
        "changes": given,
    }


def _number(text: str) -> str:
    """Return a number as people write it: without zeros that say nothing."""
    return number_format(Decimal(text).normalize(), use_l10n=True) if text else ""


def _status(action: Snapshot) -> str:
    status, reason = _label(ActionStatus, action["status"]), action.get("reason")
    return f"{status} : {reason}" if reason else status


def _due(action: Snapshot) -> str:
    """Return the due date, with the first one and the reasons where it was moved."""
    moves = action.get("dueDateMoves") or []
    told = [
        gettext("reportée depuis le %(from)s : %(reason)s")
        % {"from": _day(one["from"]), "reason": one["reason"] or gettext("motif non renseigné")}
        for one in moves
    ]
    return "\n".join([_day(action["dueDate"]), *told]).strip()


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
