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
from qualiforma.training.exchange.refusals import CellError
from qualiforma.training.exchange.source import EXACT_MAX, Broken, Cell, Formula

if TYPE_CHECKING:
    from qualiforma.training.exchange.lookups import Lookups

Reads = Callable[[Cell, "Lookups"], Any]
LANGUAGES = ("fr", "en")
Plain = str | int | float | bool | datetime | date | time
YEARS = range(1900, 2201)
MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s*(?:a\s*)?(.+))?")
_SLASHED = re.compile(r"^(\d{4})/(\d{2})/")
_SPELT = re.compile(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4})(?:\s*(?:a\s*)?(.+))?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2})\s*[:h]\s*(\d{2})?(?::(\d{2}))?")
YES = frozenset({"oui", "o", "yes", "y", "vrai", "true", "1", "x"})
NO = frozenset({"non", "n", "no", "faux", "false", "0"})


def fold(text: str) -> str:
    """Return letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if one.isalnum())


def unaccented(text: str) -> str:
    """Return the text without case and accents, its words apart."""
    plain = unicodedata.normalize("NFKD", text.casefold())
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
                _("Un nombre de plus de 15 chiffres a perdu les derniers : mettez la cellule au format texte.")
            )  # fmt: skip
        return digits(value)
    if isinstance(value, datetime | date | time):
        raise CellError(_("Un texte est attendu ; cette cellule est une date."))
    return checked(newlines(value).strip())


def checked(text: str) -> str:
    """Return the text. Errors: `CellError` for what nobody sees or the database does not keep."""
    if found := UNREADABLE.search(text):
        reason = _("Ce texte contient un caractère de contrôle invisible (U+%04X) ; retapez-le.")
        raise CellError(reason % ord(found[0]))
    if text and not any(map(is_visible, text)):
        raise CellError(_("Une valeur est attendue."))
    return text


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
        raise CellError(_("Un nombre est attendu."))
    text = cell if isinstance(cell, str) else digits(cell)
    text = "".join(text.split()).replace(",", ".")
    if not _NUMBER.fullmatch(text) or (value := Decimal(text)).adjusted() > 12:
        raise CellError(_("Un nombre est attendu."))
    return value


def read_whole(cell: Cell, _lookups: object = None) -> int:
    """Return a whole number."""
    value = read_decimal(cell)
    if value != value.to_integral_value():
        raise CellError(_("Un nombre entier est attendu."))
    return int(value)


def read_flag(cell: Cell, _lookups: object = None) -> bool:
    """Return yes or no."""
    cell = plain(cell)
    word = fold(str(cell)) if isinstance(cell, str | int | bool) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(_("Oui ou non est attendu."))


def read_instant(cell: Cell, _lookups: object = None) -> datetime:
    """Return an instant; without an offset, it is what clocks show in Paris."""
    cell = plain(cell)
    if isinstance(cell, str):
        found = _instant_of(cell.strip())
    elif isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    else:
        found = None
    if found is None or found.year not in YEARS:
        raise CellError(
            _("Une date est attendue : 31/12/2026, 31/12/2026 14:30 ou 2026-12-31T14:30.")
        )
    found = found.replace(microsecond=found.microsecond // 1000 * 1000)
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def read_day(cell: Cell, lookups: object = None) -> date:
    """Return a day, of an instant the one on clocks in Paris."""
    return timezone.localdate(read_instant(cell, lookups))


def _instant_of(text: str) -> datetime | None:
    words = unaccented(text)
    try:
        if found := _FRENCH.fullmatch(words):
            day, month, year, hour = found.groups()
            return _composed(year, int(month), day, hour)
        if (found := _SPELT.fullmatch(words)) and found[2] in MONTHS:
            return _composed(found[3], MONTHS.index(found[2]) + 1, found[1], found[4])
        return datetime.fromisoformat(_SLASHED.sub(r"\1-\2-", text))
    except ValueError:
        return None


def _composed(year: str, month: int, day: str, hour: str | None) -> datetime:
    """Errors: `ValueError` for what no calendar or clock has."""
    if hour is None:
        return datetime(int(year), month, int(day))  # noqa: DTZ001 - made aware by the caller
    found = _HOUR.fullmatch(hour.strip())
    if not found:
        raise ValueError(hour)
    hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return datetime(int(year), month, int(day), hours, minutes, seconds)  # noqa: DTZ001 - as above


def choice_of(choices: type[TextChoices]) -> Reads:
    """Return a reader that takes a code, or its label in either language."""

    def read(cell: Cell, _lookups: object) -> str:
        found = _names_of(choices).get(fold(read_text(cell)))
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
        return newlines(old).strip() == new
    if isinstance(old, list) and isinstance(new, list):
        return [newlines(one).strip() for one in old] == new
    return bool(old == new)


def _on_clocks(instant: datetime) -> datetime:
    return timezone.make_naive(instant).replace(microsecond=0, fold=0)
