"""What the organisation says of itself, as of the end of the period, and what follows for a bundle."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone

from compliance.models import OrganisationProfile
from compliance.services.organisation import read_organisation
from qualiforma.audit.past import records_at
from qualiforma.bundle.contents import Contents, Row
from qualiforma.bundle.scope import Cycle, Scope, cycles
from qualiforma.bundle.sections import Column, Section, add_section
from qualiforma.qualiopi.states import Category, Condition

COLUMNS = (Column("Donnée"), Column("Valeur"))


def profile_of(scope: Scope) -> OrganisationProfile:
    """Return the profile as it stood then, with its defaults if nobody had filled it in."""
    return next(records_at(OrganisationProfile, scope.head[0], order="record.id"), None) or (
        OrganisationProfile()
    )


def _cycle() -> Cycle:
    today, profile = timezone.localdate(), read_organisation()
    return Cycle(since=profile.examined_since(today), audit_day=profile.audit_day(today))


def _write(contents: Contents) -> None:
    rows = list(_facts(contents))
    contents.organisation = [(str(name), _text(value)) for name, value in rows]
    contents.csv("organisme.csv", COLUMNS, rows)


def _facts(contents: Contents) -> Iterator[Row]:
    profile = profile_of(contents.scope)
    yield "Organisme", contents.scope.tenant_name
    yield "Numéro de déclaration d’activité", profile.activity_number
    yield "Adresse", profile.address
    yield "Représentant légal", profile.representative
    yield "Catégories de prestations", _labels(Category, profile.categories)
    yield "Particularités", _labels(Condition, profile.conditions)
    yield "Nouvel entrant pour", _labels(Category, profile.new_entrant)
    yield "Organisme certificateur", profile.certifier
    yield "Numéro de certificat", profile.certificate_number
    yield "Première certification", profile.first_certified_on
    yield "Fin du certificat", profile.certified_until
    yield "Dernier audit", profile.last_audit_on
    yield "Prochain audit", profile.get_next_audit_kind_display()
    yield "Date du prochain audit", profile.next_audit_on
    yield "Accusé de réception annoncé (jours ouvrés)", profile.acknowledge_days
    yield "Réponse annoncée (jours ouvrés)", profile.answer_days
    yield "Formulaire public de réclamation", "Oui" if profile.public_complaints else "Non"
    yield "Rigueur des plans d’amélioration", profile.get_policy_display()
    yield "Efficacité vérifiée par qui a mené le plan", profile.get_verifier_policy_display()
    yield "Vérification de l’efficacité (jours après la clôture)", profile.effectiveness_days
    yield "Surveillance des récidives (jours après la clôture)", profile.recurrence_days


def _labels(choices: Any, values: list[str]) -> str:
    return ", ".join(str(choices(one).label) for one in values)


def _text(value: Any) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value or "")


cycles.append(_cycle)
add_section(Section("organisation", "Organisme", 5, _write))
