"""An improvement plan and its closing report as documents to print or send."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from improvements.models import ImprovementPlan
from improvements.reports import report_of, result_row
from improvements.services.snapshots import snapshot_results
from qualiforma import pdf
from qualiforma.audit.descriptions import first_values
from qualiforma.qualiopi.grids import named
from qualiforma.tenants.context import tenant_or_none


def write_plan_pdf(plan: ImprovementPlan, file: IO[bytes], made_at: datetime) -> None:
    """Write the plan: its fields, actions, complaints, files and report."""
    blocks = [
        pdf.facts(_facts(plan)),
        *(
            [pdf.heading(_("Description")), pdf.paragraph(plan.description)]
            if plan.description
            else []
        ),
        pdf.heading(_("Actions correctives")),
        _actions(plan),
        *_results([result_row(one) for one in snapshot_results(plan)]),
        pdf.heading(_("Réclamations liées")),
        pdf.bullets([_complaint(one) for one in plan.linked_complaints] or [_("Aucune.")]),
        pdf.heading(_("Pièces jointes")),
        _files(plan),
        *_report(plan),
        *_effects(plan),
    ]
    document = pdf.Document(
        title=plan.title,
        organisation=_organisation(),
        subtitle=f"{_('Plan d’amélioration')} {plan.reference} – {plan.get_status_display()}",
        header=_("Plan d’amélioration"),
        blocks=blocks,
    )
    file.write(pdf.render_pdf(document, made_at=made_at))


def write_report_pdf(plan: ImprovementPlan, file: IO[bytes], made_at: datetime) -> None:
    """Write the closing report, with the plan as it stood on that day; without one, say so."""
    document = pdf.Document(
        title=_("Rapport de clôture"),
        organisation=_organisation(),
        subtitle=str(plan),
        header=_("Rapport de clôture"),
        blocks=[*_report(plan), *_effects(plan)]
        or [pdf.note(_("Ce plan n’est pas clôturé : il n’a pas de rapport."))],
    )
    file.write(pdf.render_pdf(document, made_at=made_at))


def write_plan_workbook(plan: ImprovementPlan, file: IO[bytes], made_at: datetime) -> None:
    """Write the plan as a workbook: a sheet each for the plan, its actions, complaints and files."""
    from qualiforma.workbooks import Sheets

    sheets = Sheets()
    facts = [*_facts(plan), (_("Description"), plan.description)]
    sheets.add(_("Plan"), (_("Donnée"), _("Valeur")), [row for row in facts if row[1]], (28, 80))
    head = (
        *(_("Action"), _("Statut"), _("Responsable"), _("Échéance"), _("Première échéance")),
        *(_("Jours de retard"), _("Terminée le")),
    )
    sheets.add(_("Actions"), head, _action_rows(plan), (60, 14, 24, 14, 18, 16, 20))
    sheets.add(
        _("Réclamations"),
        (_("Objet"), _("Statut"), _("Reçue le")),
        [
            (one.subject, one.get_status_display(), timezone.localdate(one.received_at))
            for one in plan.linked_complaints
        ],
        (60, 16, 14),
    )
    sheets.add(
        _("Pièces"),
        (_("Fichier"), _("Taille (octets)"), "SHA-256", _("Déposé le"), _("Par")),
        [
            (one.name, one.size, one.sha256, one.created_at, one.uploaded_by.name)
            for one in plan.attachments.select_related("uploaded_by")
        ],
        (50, 16, 66, 20, 24),
    )
    sheets.save(file)


def days_late(due: date | None, *, is_open: bool) -> int | None:
    """Return by how many days an open thing is late in Paris, None for what is in time or settled."""
    late = (timezone.localdate() - due).days if due and is_open else 0
    return late if late > 0 else None


def first_due_dates(ids: Iterable[str], column: str) -> dict[str, date | None]:
    """Return the first due dates, of those that were moved. Cost: one statement."""
    return {key: parse_date(str(text)) for key, text in first_values(ids, column).items()}


def _organisation() -> str:
    tenant = tenant_or_none()
    return tenant.name if tenant else ""


def _facts(plan: ImprovementPlan) -> list[tuple[str, Any]]:
    first = first_due_dates([plan.pk], "target_date").get(plan.pk)
    return [
        (_("Référence"), plan.reference),
        (_("Identifiant"), plan.pk),
        (_("Statut"), str(plan.get_status_display())),
        (_("Déclencheur"), str(plan.get_trigger_display())),
        (_("Responsable"), plan.owner.name),
        (_("Échéance"), _day(plan.target_date)),
        (_("Première échéance"), _day(first) if first and first != plan.target_date else ""),
        (_("Créé le"), _instant(plan.created_at)),
        (_("Démarré le"), _instant(plan.started_at)),
        (_("Clôturé le"), _instant(plan.closed_at)),
        (_("Clôturé par"), plan.closed_by.name if plan.closed_by else ""),
        (_("Motif d’abandon"), plan.archive_reason),
        (_("Cause"), plan.root_cause),
        (_("Méthode"), plan.get_cause_method_display()),
        (_("Indicateurs Qualiopi"), "\n".join(map(named, plan.indicators))),
    ]


def _action_rows(plan: ImprovementPlan) -> list[tuple[Any, ...]]:
    actions = list(plan.actions.select_related("owner"))
    first = first_due_dates([one.pk for one in actions], "due_date")
    return [
        (
            one.description,
            str(one.get_status_display()),
            one.owner.name,
            one.due_date,
            first.get(one.pk) or one.due_date,
            days_late(one.due_date, is_open=one.is_open),
            one.completed_at,
        )
        for one in actions
    ]


def _actions(plan: ImprovementPlan) -> pdf.Block:
    rows = [
        (
            description,
            status,
            owner,
            _moved(due, first),
            ngettext("%d jour", "%d jours", late) % late if late else "",
            _instant(completed),
        )
        for description, status, owner, due, first, late, completed in _action_rows(plan)
    ]
    if not rows:
        return pdf.paragraph(_("Aucune action."))
    head = (
        *(_("Action"), _("Statut"), _("Responsable")),
        *(_("Échéance"), _("Retard"), _("Terminée le")),
    )
    return pdf.table(head, rows, (6, 2, 3, 3, 2, 3))


def _moved(due: date | None, first: date | None) -> str:
    if due and first and first != due:
        return _("%(due)s (initialement le %(first)s)") % {"due": _day(due), "first": _day(first)}
    return _day(due)


def _complaint(one: Any) -> str:
    status, day = one.get_status_display(), _day(timezone.localdate(one.received_at))
    return _("%(subject)s – %(status)s, reçue le %(day)s") % {
        "subject": one.subject,
        "status": status,
        "day": day,
    }


def _files(plan: ImprovementPlan) -> pdf.Block:
    files = plan.attachments.select_related("uploaded_by")
    rows = [
        (
            one.name,
            filesizeformat(one.size),
            _instant(one.created_at),
            one.uploaded_by.name,
            one.sha256,
        )
        for one in files
    ]
    if not rows:
        return pdf.paragraph(_("Aucune."))
    head = (_("Fichier"), _("Taille"), _("Déposé le"), _("Par"), "SHA-256")
    return pdf.table(head, rows, (5, 2, 3, 3, 5))


def _report(plan: ImprovementPlan) -> list[pdf.Block]:
    """Return what was said at the closing and the plan as it stood then; nothing without a report."""
    shown = report_of(plan)
    report, frozen, file = shown["report"], shown.get("frozen"), shown.get("report_file")
    if report is None:
        return []
    closed = {
        "day": _instant(plan.closed_at),
        "name": plan.closed_by.name if plan.closed_by else "",
    }
    blocks = [
        pdf.heading(_("Rapport de clôture")),
        pdf.paragraph(_("Clôturé le %(day)s par %(name)s.") % closed),
        pdf.paragraph(report.summary),
    ]
    if report.outcomes:
        blocks += [pdf.heading(_("Résultats"), 3), pdf.bullets(report.outcomes)]
    if file:
        blocks.append(pdf.facts([(_("Pièce du rapport"), f"{file.name}\nSHA-256 {file.sha256}")]))
    if frozen:
        blocks += [
            pdf.heading(_("Le plan tel qu’il était à la clôture"), 3),
            pdf.facts(frozen["fields"]),
            pdf.table(
                (*(_("Action"), _("Statut"), _("Responsable")), _("Échéance"), _("Terminée le")),
                [
                    (one["description"], one["status"], one["owner"], one["due"], one["completed"])
                    for one in frozen["actions"]
                ],
                (6, 2, 3, 2, 2),
            ),
            *_results(frozen["results"]),
        ]
    return blocks


def _results(rows: list[dict[str, str]]) -> list[pdf.Block]:
    """Return the expected results as a table; nothing without one."""
    if not rows:
        return []
    head = (_("Résultat attendu"), _("Départ"), _("Visé"), _("Mesuré"), _("Constat"))
    cells = [
        (
            one["name"],
            one["baseline"],
            "\n".join(filter(None, (one["target"], one["changes"]))),
            one["measured"],
            one["met"],
        )
        for one in rows
    ]
    return [pdf.heading(_("Résultats attendus"), 3), pdf.table(head, cells, (5, 2, 4, 3, 2))]


def _effects(plan: ImprovementPlan) -> list[pdf.Block]:
    """Return what was found of a closed plan's effect; nothing of others."""
    if plan.closed_at is None:
        return []
    checks = plan.effectiveness_checks.select_related("verified_by", "successor").order_by("number")
    blocks = [
        pdf.heading(_("Efficacité")),
        pdf.facts(
            [
                (_("Efficacité"), str(plan.effectiveness.label)),
                (_("À vérifier le"), _day(plan.effectiveness_due_date)),
                (_("Fait suite à"), str(plan.follows_plan) if plan.follows_plan else ""),
            ]
        ),
    ]
    for one in checks:
        by = {"day": _day(one.verified_on), "name": one.verified_by.name}
        doer = _(" (a mené le plan)") if one.verifier_is_doer else ""
        blocks += [
            pdf.heading(str(one.get_verdict_display()), 3),
            pdf.paragraph(_("Vérifié le %(day)s par %(name)s") % by + doer),
            pdf.paragraph(one.method),
            *([pdf.paragraph(one.comment)] if one.comment else []),
            *([pdf.paragraph(str(one.successor))] if one.successor else []),
            *([pdf.paragraph(one.reason)] if one.reason else []),
        ]
    return blocks


def _day(day: date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _instant(instant: datetime | None) -> str:
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT") if instant else ""
