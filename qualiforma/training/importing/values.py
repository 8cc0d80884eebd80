"""Cells as values: dates in French or ISO, numbers with comma or point, choices by any name."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from qualiforma.api.serializers import is_visible
from qualiforma.training.answers import UNREADABLE
from qualiforma.training.importing.alphabets import TWICE
from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.source import EXACT_MAX, Broken, Cell, Formula

if TYPE_CHECKING:
    from qualiforma.training.importing.lookups import Lookups

Reads = Callable[[Cell, "Lookups"], Any]
LANGUAGES = ("fr", "en")
Plain = str | int | float | bool | datetime | date | time
YEARS = range(1900, 2201)
MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
SHORT = {
    **{one: rank for rank, one in enumerate(MONTHS, 1)},
    "janv": 1,
    "jan": 1,
    "fevr": 2,
    "fev": 2,
    "avr": 4,
    "juil": 7,
    "jul": 7,
    "sept": 9,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# Two digits of a year, as Excel reads them: 29 is 2029, 30 is 1930.
CENTURY_FROM = 30
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s*(?:a\s*)?(.+))?")
_SLASHED = re.compile(r"^(\d{4})/(\d{2})/")
_SPELT = re.compile(
    rf"(?:({'|'.join(WEEKDAYS)}),? )?(\d{{1,2}})(?:er)?[ -]([a-z]+)\.?[ -](\d{{4}}|\d{{2}})(?:,?\s+(?:a\s*)?(.+))?"
)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_LENGTH = re.compile(
    r"(\d{1,4})\s*(?:h|heures?)\s*(?:(\d{1,2})\s*(?:min|mn|m|minutes?)?)?|(\d{1,4}):(\d{2})(?::00)?"
)
_MINUTES = re.compile(r"(\d{1,5})\s*(?:min|mn|m|minutes?)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2})\s*[:h]\s*(\d{2})?(?::(\d{2}))?")
YES = frozenset(
    {*("oui", "o", "yes", "y", "vrai", "true", "1", "x"), *("present", "presente", "presents", "p")}
)
NO = frozenset(
    {*("non", "n", "no", "faux", "false", "0"), *("absent", "absente", "absents", "a", "abs")}
)
TICKS, CROSSES = frozenset("✓✔☑✅"), frozenset("✗✘❌☐")
# What people write into a cell that they leave empty.
NOTHING = frozenset({"-", "–", "—", "n/a", "#n/a", "n.a."})


def fold(text: str) -> str:
    """Return letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if one.isalnum())


def unaccented(text: str) -> str:
    """Return the text without case and accents, its words apart."""
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def plain(cell: Cell) -> Plain:
    """Return a cell that holds a value. Errors: `CellError` for formulas and errors."""
    if isinstance(cell, Formula):
        raise CellError(_("Cette cellule est une formule ; collez-y sa valeur."))
    if isinstance(cell, Broken):
        raise CellError(_("Cette cellule contient une erreur de calcul ou une date impossible."))
    return cell


def read_text(cell: Cell, _lookups: object = None) -> str:
    """Return a text. A number is its digits, unless some were lost on the way."""
    value = plain(cell)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, int | float):
        if abs(value) >= EXACT_MAX:
            raise CellError(
                _("Ce nombre a plus de 15 chiffres et a perdu les derniers : mettez la cellule au format texte.")
            )  # fmt: skip
        return digits(value)
    if isinstance(value, datetime | date | time):
        raise CellError(_("Un texte est attendu ; cette cellule est une date."))
    return checked(unicodedata.normalize("NFC", newlines(value)).strip())


def checked(text: str) -> str:
    """Return the text. Errors: `CellError` for what nobody sees or the database does not keep."""
    if found := UNREADABLE.search(text):
        reason = _("Ce texte contient un caractère de contrôle invisible (U+%04X) ; retapez-le.")
        raise CellError(reason % ord(found[0]))
    if found := TWICE.search(text):
        reason = _("Les accents de ce texte sont abîmés (« %s ») : reprenez le fichier d’origine et enregistrez-le en UTF-8.")  # fmt: skip
        raise CellError(reason % found[0])
    if text and not any(map(is_visible, text)):
        raise CellError(_("Une valeur est attendue."))
    return text


def is_nothing(cell: Cell | None) -> bool:
    """Say whether a cell is left empty, or says so: `-`, `N/A`."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING)


def read_json(text: str) -> Any:
    """Return what a text says in JSON, None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def digits(value: float) -> str:
    """Return a number as spreadsheets show it: of 0.1 + 0.2, they keep seventeen digits."""
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def newlines(text: str) -> str:
    """Return the text with plain line feeds: spreadsheets keep no other line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_decimal(cell: Cell, _lookups: object = None) -> Decimal:
    """Return a number written with a comma or a point."""
    cell = plain(cell)
    if isinstance(cell, bool | datetime | date | time):
        raise CellError(_("Indiquez un nombre."))
    text = cell if isinstance(cell, str) else digits(cell)
    text = "".join(text.split()).replace(",", ".")
    if not _NUMBER.fullmatch(text) or (value := Decimal(text)).adjusted() > 12:
        raise CellError(_("Indiquez un nombre."))
    return value


def read_whole(cell: Cell, _lookups: object = None) -> int:
    """Return a whole number."""
    value = read_decimal(cell)
    if value != value.to_integral_value():
        raise CellError(_("Indiquez un nombre entier."))
    return int(value)


def read_flag(cell: Cell, _lookups: object = None) -> bool:
    """Return yes or no."""
    cell = plain(cell)
    sign = cell.strip() if isinstance(cell, str) else ""
    word = fold(str(cell)) if isinstance(cell, str | int | bool) else ""
    if word in YES or sign in TICKS:
        return True
    if word in NO or sign in CROSSES:
        return False
    raise CellError(_("Répondez par oui ou non."))


def read_instant(cell: Cell, _lookups: object = None) -> datetime:
    """Return an instant; without an offset what clocks show in Paris, without an hour midnight."""
    return _aware(_moment_of(cell), time())


def read_start(cell: Cell, _lookups: object = None) -> datetime:
    """Return an instant of which the hour is stated. Errors: `CellError`."""
    found = _moment_of(cell)
    if not isinstance(found, datetime):
        raise CellError(_("Indiquez la date et l’heure, par exemple 31/12/2026 09:00."))
    return _aware(found, time())


def read_end(cell: Cell, _lookups: object = None) -> datetime:
    """Return an instant; a day alone is meant to its end."""
    return _aware(_moment_of(cell), time(23, 59, 59))


def read_day(cell: Cell, lookups: object = None) -> date:
    """Return a day, of an instant the one on clocks in Paris."""
    return timezone.localdate(read_instant(cell, lookups))


def _aware(found: date, hour: time) -> datetime:
    if not isinstance(found, datetime):
        found = datetime.combine(found, hour)
    found = found.replace(microsecond=found.microsecond // 1000 * 1000)
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _moment_of(cell: Cell) -> date:
    """Return an instant, or a day where no hour is stated. Errors: `CellError`."""
    cell = plain(cell)
    found = None
    if isinstance(cell, str):
        found = _written(cell.strip())
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int) and not isinstance(cell, bool):
        found = _written(str(cell)) if _COMPACT.fullmatch(str(cell)) else None
    if found is None or found.year not in YEARS:
        raise CellError(
            _("Indiquez une date, par exemple 31/12/2026, 31/12/2026 14:30 ou 2026-12-31T14:30.")
        )
    return found


def _written(text: str) -> date | None:
    words = unaccented(text)
    try:
        if found := _FRENCH.fullmatch(words):
            day, month, year, hour = found.groups()
            return _composed(year, int(month), day, hour)
        if (found := _SPELT.fullmatch(words)) and found[3] in SHORT:
            moment = _composed(found[4], SHORT[found[3]], found[2], found[5])
            is_wrong = found[1] and moment.weekday() != WEEKDAYS.index(found[1])
            return None if is_wrong else moment
        text = _SLASHED.sub(r"\1-\2-", text)
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None


def _composed(year: str, month: int, day: str, hour: str | None) -> date:
    """Errors: `ValueError` for what no calendar or clock has."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < CENTURY_FROM else 1900
    if hour is None:
        return date(number, month, int(day))
    found = _HOUR.fullmatch(hour.strip())
    if not found:
        raise ValueError(hour)
    hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return datetime(number, month, int(day), hours, minutes, seconds)  # noqa: DTZ001 - made aware by the caller


def read_hours(cell: Cell, _lookups: object = None) -> Decimal:
    """Return a length in hours: `7`, `7,5`, `7 h 30`, `14 heures`, `31:30`."""
    minutes = _minutes_of(cell)
    return read_decimal(cell) if minutes is None else Decimal(minutes) / 60


def read_minutes(cell: Cell, _lookups: object = None) -> int:
    """Return a length in minutes: `210`, `210 min`, `3 h 30`."""
    minutes = _minutes_of(cell)
    if minutes is None and isinstance(cell, str):
        found = _MINUTES.fullmatch(unaccented(cell))
        minutes = int(found[1]) if found else None
    return read_whole(cell) if minutes is None else minutes


def _minutes_of(cell: Cell) -> int | None:
    """Return the minutes of a length that names its hours."""
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    found = _LENGTH.fullmatch(unaccented(cell)) if isinstance(cell, str) else None
    if not found:
        return None
    hours, minutes = found[1] or found[3], int(found[2] or found[4] or 0)
    return int(hours) * 60 + minutes if minutes < 60 else None


def choice_of(choices: type[TextChoices], also: Mapping[str, str] | None = None) -> Reads:
    """Return a reader that takes a code, its label in either language, or what else it is called."""
    others = {fold(name): value for name, value in (also or {}).items()}

    def read(cell: Cell, _lookups: object) -> str:
        wanted = fold(read_text(cell))
        found = _names_of(choices).get(wanted, others.get(wanted))
        if found is None:
            known = ", ".join(str(label) for label in choices.labels)
            raise CellError(_("Valeur inconnue. Valeurs admises : %s.") % known)
        return str(choices(found))

    return read


@cache
def _names_of(choices: type[TextChoices]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            names |= {fold(str(one.label)): one.value for one in choices}
    return names | {fold(one.value): one.value for one in choices}


def is_same(old: Any, new: Any) -> bool:
    """Say whether two values are the same, as far as a spreadsheet can carry them.

    It knows instants to the second as clocks show them, and texts without outer spaces.
    """
    if isinstance(old, datetime) and isinstance(new, datetime):
        return _on_clocks(old) == _on_clocks(new)
    if isinstance(old, str) and isinstance(new, str):
        return _kept(old) == new
    if isinstance(old, list) and isinstance(new, list):
        return [_kept(one) if isinstance(one, str) else one for one in old] == new
    return bool(old == new)


def _kept(text: str) -> str:
    return unicodedata.normalize("NFC", newlines(text)).strip()


def _on_clocks(instant: datetime) -> datetime:
    return timezone.make_naive(instant).replace(microsecond=0, fold=0)
