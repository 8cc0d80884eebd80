"""The registers of risks and of their reviews in an audit bundle."""

from collections.abc import Iterator

from improvements.models import Risk, RiskReview
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.sections import Column, Register, RegisterName, add_register

RISK_COLUMNS = (
    Column("Créé le", 18),
    Column("Risque", 40),
    Column("Responsable"),
    Column("Probabilité", 16),
    Column("Gravité", 16),
    Column("Niveau", 10),
    Column("Traitement", 14),
    Column("Mesures prises", 60),
    Column("Statut", 14),
    Column("Revu le", 14),
    Column("Prochaine revue le", 18),
    Column("Indicateurs", 14),
    Column("Plan d’amélioration", 30),
    Column("Description", 60),
    Column("Identifiant", 30),
)
REVIEW_COLUMNS = (
    Column("Date de la revue", 16),
    Column("Participants", 40),
    Column("Enregistrée par"),
    Column("Décisions", 60),
    Column("Risques revus", 60),
    Column("Identifiant", 30),
)


def _risks(contents: Contents) -> Iterator[Row]:
    people = contents.people
    found = records_at(
        Risk,
        contents.scope.head[0],
        order='record.level DESC, record.id COLLATE "C"',
        condition="record.created_at < %(ends)s",
        ends=contents.scope.ends,
    )
    for one in found:
        yield (
            one.created_at,
            people.text(one.title),
            people.person(one.owner_id),
            one.get_likelihood_display(),
            one.get_severity_display(),
            one.level,
            one.get_treatment_display(),
            people.text(one.measures),
            one.get_status_display(),
            one.reviewed_on,
            one.next_review_on,
            ", ".join(map(str, one.indicators)),
            one.plan_id or "",
            people.text(one.description),
            one.pk,
        )


def _reviews(contents: Contents) -> Iterator[Row]:
    people, scope = contents.people, contents.scope
    found = records_at(
        RiskReview,
        scope.head[0],
        order='record.reviewed_on, record.id COLLATE "C"',
        condition="record.reviewed_on BETWEEN %(since)s AND %(until)s",
        since=scope.since,
        until=scope.until,
    )
    for one in found:
        yield (
            one.reviewed_on,
            people.text(one.participants),
            people.person(one.created_by_id),
            people.text(one.decisions),
            "\n".join(
                f"{risk['level']} – {people.text(risk['title'])}" for risk in one.assessments
            ),
            one.pk,
        )


add_register(Register(RegisterName.RISKS, "registres/risques", RISK_COLUMNS, _risks, (32,)))
add_register(
    Register(
        RegisterName.RISK_REVIEWS,
        "registres/revues-des-risques",
        REVIEW_COLUMNS,
        _reviews,
        (32,),
    )
)
