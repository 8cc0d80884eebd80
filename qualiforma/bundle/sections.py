"""What each app puts into a bundle, in its module `bundle`, found by its name; none knows of another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices

if TYPE_CHECKING:
    from qualiforma.bundle.contents import Contents, Row
    from qualiforma.bundle.scope import Scope

SectionWriter = Callable[["Contents"], None]
Rows = Callable[["Contents"], Iterable["Row"]]


class RegisterName(TextChoices):
    """The registers that can be asked for by name."""

    COMPLAINTS = "complaints", "Réclamations"
    PLANS = "plans", "Plans d’amélioration"
    ACTIONS = "actions", "Actions correctives"
    RISKS = "risks", "Risques"
    RISK_REVIEWS = "risk_reviews", "Revues des risques"
    EVIDENCE = "evidence", "Preuves"
    NEEDS = "needs", "Analyses des besoins"
    PATHS = "paths", "Parcours"
    ASSIGNMENTS = "assignments", "Affectations de parcours"
    AUDITS = "audits", "Audits"
    FINDINGS = "findings", "Constats"


@dataclass(frozen=True)
class Column:
    """A column of a table. `width` in characters."""

    head: str
    width: int = 20


@dataclass(frozen=True)
class Register:
    """A table of records of the period, as XLSX and CSV. `path` without an extension.

    `indicators`: what it shows something for.
    """

    name: RegisterName
    path: str
    columns: tuple[Column, ...]
    rows: Rows
    indicators: tuple[int, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a bundle; `rank` says its current state among the others.

    `check` refuses a scope that the section cannot be written for: `InvalidFieldsError`.
    """

    name: str
    label: str
    rank: int
    write: SectionWriter
    check: "Callable[[Scope], object] | None" = None


@dataclass(frozen=True)
class Cited:
    """A piece of evidence, as another section names it: its title, its id, where its file stands."""

    title: str
    id: str
    path: str

    def __str__(self) -> str:
        return f"{self.title} ({', '.join(filter(None, (self.id, self.path)))})"


# The register of evidence names here what it holds of the records of a type, by their ids.
citers: "list[Callable[[Contents, str], dict[str, list[Cited]]]]" = []
registers: dict[RegisterName, Register] = {}
sections: dict[str, Section] = {}


def add_register(register: Register) -> None:
    """Add a register. One for each name."""
    if register.name in registers:
        raise ValueError(f"{register.name} is there already.")
    registers[register.name] = register


def add_section(section: Section) -> None:
    """Add a section. One for each name."""
    if section.name in sections:
        raise ValueError(f"{section.name} is there already.")
    sections[section.name] = section


def sections_in_order() -> list[Section]:
    """Return the sections as a bundle has them."""
    return sorted(sections.values(), key=lambda one: (one.rank, one.name))


def registers_in_order() -> list[Register]:
    """Return the registers as they are named above."""
    return [registers[name] for name in RegisterName if name in registers]
