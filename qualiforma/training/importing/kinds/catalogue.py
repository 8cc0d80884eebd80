"""Companies and courses."""

import json
import re
from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualiforma.accounts.actor import Actor
from qualiforma.training import services
from qualiforma.training.importing.columns import Column
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds.base import ID, Given, Kind, one_named
from qualiforma.training.importing.lookups import SIRET_LENGTH
from qualiforma.training.importing.source import Cell
from qualiforma.training.importing.values import (
    checked,
    choice_of,
    newlines,
    read_flag,
    read_hours,
    read_json,
    read_text,
)
from qualiforma.training.models import Company, Course
from qualiforma.training.states import Level

_ROUNDED = re.compile(r"[0-9][0-9.,]*(E\+[0-9]+|[.,]0)", re.IGNORECASE)


def read_list(cell: Cell, _lookups: object) -> list[str]:
    """Return the lines of a cell, or what stands in it as JSON."""
    text = read_text(cell)
    if text.startswith("["):
        found = read_json(text)
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return [checked(newlines(one).strip()) for one in found]
    return [line.strip() for line in text.split("\n") if line.strip()]


def show_list(name: str) -> Callable[[Any], str]:
    """Return a writer of one item per line; of JSON where lines would be read back otherwise."""

    def show(record: Any) -> str:
        items: list[str] = getattr(record, name)
        text = "\n".join(items)
        is_plain = read_list(text, None) == items if text else not items
        return text if is_plain else json.dumps(items, ensure_ascii=False)

    return show


def read_siret(cell: Cell, _lookups: object) -> str:
    """Return a number without the spaces that it is written with; whether it checks is not ours."""
    text = "".join(read_text(cell).split())
    if _ROUNDED.fullmatch(text):
        raise CellError(_("Le tableur a arrondi ce nombre : mettez la cellule au format texte."))
    if text.isdigit() and SIRET_LENGTH - 2 <= len(text) < SIRET_LENGTH:
        reason = _("Ce numéro a %d chiffres sur 14 : le tableur a sans doute ôté le zéro initial.")
        raise CellError(reason % len(text))
    return text


class Companies(Kind):
    """Clients, identified by their SIRET, else by their name."""

    name = "companies"
    title = gettext_lazy("Entreprises")
    model = Company
    example: ClassVar = {
        "name": "Exemple SARL",
        "siret": "01234567400001",
        "contact_email": "rh@exemple.fr",
    }
    columns = (
        ID,
        Column("name", "Raison sociale", "Name", lambda one: one.name, read_text, ("nom", "entreprise", "société", "nom de l’entreprise", "company", "company name"), is_required=True, width=40),
        Column("siret", "SIRET", "SIRET", lambda one: one.siret, read_siret, ("numéro siret", "n° siret", "no siret", "siret number", "siret de l’organisme", "siret de l’entreprise"), cleared="", width=18),
        Column("contact_email", "E-mail de contact", "Contact e-mail", lambda one: one.contact_email, read_text, ("e-mail", "mail", "courriel", "adresse e-mail", "adresse mail", "e-mail address", "adresse de contact"), cleared="", width=32),
    )  # fmt: skip

    def alike(self, given: Given) -> Any:
        """By SIRET; by name where none of the two SIRET says otherwise."""
        if siret := given.get("siret"):
            found = Company.objects.filter(siret=siret).first()
            without = Company.objects.filter(siret="")
            return found or one_named(without, given.get("name"), "name")
        return one_named(Company.objects.all(), given.get("name"), "name")

    def create(self, given: Given, actor: Actor) -> Company:
        return services.create_company(draft=services.CompanyDraft(**given), actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_company(company=record, changes=changes, actor=actor)


class Courses(Kind):
    """The catalogue, identified by title."""

    name = "courses"
    title = gettext_lazy("Formations")
    model = Course
    example: ClassVar = {
        "title": "Excel, les bases",
        "level": "Débutant",
        "duration_hours": "14",
        "summary": "Deux jours pour débuter.",
        "objectives": "Saisir un tableau",
        "active": "oui",
    }
    columns = (
        ID,
        Column("title", "Intitulé", "Title", lambda one: one.title, read_text, ("formation", "titre", "course", "intitulé de la formation", "nom de la formation", "libellé"), is_required=True, width=40),
        Column("level", "Niveau visé", "Level", lambda one: one.get_level_display(), choice_of(Level), ("niveau", "target level"), is_required=True),
        Column("entry_level", "Niveau d’entrée", "Entry level", lambda one: one.get_entry_level_display(), choice_of(Level)),
        Column("duration_hours", "Durée (heures)", "Duration (hours)", lambda one: one.duration_hours, read_hours, ("durée", "durée (h)", "nombre d’heures", "nb d’heures", "volume horaire", "durée en heures", "duration", "heures", "hours"), is_required=True),
        Column("summary", "Présentation", "Summary", lambda one: one.summary, read_text, ("résumé", "description"), cleared="", width=50),
        Column("objectives", "Objectifs", "Objectives", show_list("objectives"), read_list, cleared=(), width=50),
        Column("skills", "Compétences", "Skills", show_list("skills"), read_list, cleared=(), width=30),
        Column("active", "Au catalogue", "Active", lambda one: one.active, read_flag, ("actif", "active")),
    )  # fmt: skip

    def complete(self, given: Given, lookups: object) -> None:
        """Make lists of emptied lists."""
        given.update(
            {name: list(given[name]) for name in ("objectives", "skills") if name in given}
        )

    def alike(self, given: Given) -> Any:
        return one_named(Course.objects.all(), given.get("title"), "title")

    def create(self, given: Given, actor: Actor) -> Course:
        return services.create_course(draft=services.CourseDraft(**given), actor=actor)

    def change(self, record: Any, changes: Given, actor: Actor) -> object:
        return services.change_course(course=record, changes=changes, actor=actor)
