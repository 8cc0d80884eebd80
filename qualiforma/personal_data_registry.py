"""What each app holds about people, said in its module `personal_data`; none knows of another.

A model of an organisation that is neither registered nor excluded fails the tests.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Field, JSONField, Model, Q, QuerySet, TextField
from django.utils.text import capfirst

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Retention:
    """How long data of one class is kept, from when on, and on what ground.

    `is_duty`: a law makes the organisation keep it, so that a person's wish waits for the period's end.
    """

    label: str
    period: timedelta
    since: str
    ground: str
    is_duty: bool = False


ACCOUNT = Retention(
    "Comptes",
    3 * YEAR,
    "la dernière connexion ou la fin de la dernière formation",
    "Exécution du contrat (RGPD, art. 6.1 b) ; durée de la CNIL pour un compte inactif",
)
TRAINING = Retention(
    "Dossiers de formation",
    5 * YEAR,
    "la fin de la formation",
    "Obligation légale (RGPD, art. 6.1 c) : Code du travail, art. L. 6362-6 ; Code civil, art. 2224",
    is_duty=True,
)
QUALITY = Retention(
    "Réclamations et démarche qualité",
    5 * YEAR,
    "la clôture",
    "Obligation légale (RGPD, art. 6.1 c) : Code du travail, art. L. 6316-1 ; Code civil, art. 2224",
    is_duty=True,
)
ACCESSIBILITY = Retention(
    "Besoins d’accessibilité",
    YEAR,
    "la fin de la formation",
    "Consentement (RGPD, art. 9.2 a)",
)
TECHNICAL = Retention(
    "Sessions et fichiers temporaires",
    timedelta(days=30),
    "la dernière utilisation",
    "Intérêt légitime (RGPD, art. 6.1 f) : sécurité et bon fonctionnement",
)


@dataclass(frozen=True)
class Hold:
    """Something that a law makes the organisation keep. `until`: None while it is not over yet."""

    what: str
    until: date | None
    retention: Retention


@dataclass(frozen=True)
class Chapter:
    """A table that an app adds to what a person is handed out. Shape: rows of plain values."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class PersonalData:
    """What the rows of one model hold about people.

    Shapes: `about` lookups lead to the user whom a row is about, `linked` is the same where no key
    does; `named` are the keys to users who only had a part in it; `contacts` pairs of columns, name and
    address, of somebody who may be no user. At an erasure the rows about the person are deleted, or
    have `blanked` columns set; `sensitive` ones are blanked even where a law keeps the rest. Names are
    replaced in every column of text. `secret` columns are handed to nobody. `over` finds the rows whose
    contacts and sensitive columns were last of use before an instant: a purge begins with them.
    """

    model: type[Model]
    purpose: str
    retention: Retention
    about: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    linked: Callable[[str], Q] | None = None
    contacts: tuple[tuple[str, str], ...] = ()
    blanked: Mapping[str, Any] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    is_deleted: bool = False
    over: Callable[[datetime], Q] | None = None

    @property
    def label(self) -> str:
        """What people call the rows."""
        return str(capfirst(self.model._meta.verbose_name_plural or ""))

    def rows_about(self, user_id: str, addresses: Iterable[str] = ()) -> QuerySet[Model]:
        """Return the rows about a user, or that give one of the addresses as a contact's."""
        wanted = Q(pk__in=[])
        if user_id:
            for lookup in self.about:
                wanted |= Q(**{lookup: user_id})
            if self.linked is not None:
                wanted |= self.linked(user_id)
        for _name, address in self.contacts:
            wanted |= Q(**{f"{address}__in": list(addresses)})
        return self.model._meta.base_manager.filter(wanted)

    def texts(self) -> list[str]:
        """Return the columns whose texts may name somebody."""
        return [one.name for one in self.model._meta.concrete_fields if is_text(one)]


registered: dict[type[Model], PersonalData] = {}
left_out: dict[type[Model], str] = {}
# What a law makes the organisation keep of a user: found by id.
hold_sources: list[Callable[[str], Iterable[Hold]]] = []

# When a user last did something that keeps their account in use, by id.
last_uses: list[Callable[[str], Iterable[datetime]]] = []
# What a person is handed out beside the rows about them: by a user's id.
chapter_sources: list[Callable[[str], Iterable[Chapter]]] = []
# Rows whose file is still worked with: an erasure waits for their end.
unfinished: dict[type[Model], Q] = {}


def register(model: type[Model], *, purpose: str, retention: Retention, **more: Any) -> None:
    """Say what a model holds about people; `more` as in `PersonalData`."""
    if model in registered:
        raise ValueError(f"{model.__name__} is registered already.")
    registered[model] = PersonalData(model, purpose, retention, **more)


def exclude(*models: type[Model], because: str) -> None:
    """Say that models hold nothing about people, and why."""
    left_out.update(dict.fromkeys(models, because))


def is_text(one: "Field[Any, Any]") -> bool:
    """Say whether a column may name somebody: a free text, a list or an object of such."""
    is_written = isinstance(one, CharField | TextField | JSONField | ArrayField)
    return is_written and not (one.primary_key or one.choices or one.remote_field)


def holds_of(user_id: str) -> list[Hold]:
    """Return what a law keeps of a user. Cost: a statement or two per app."""
    return [hold for source in hold_sources for hold in source(user_id)]
