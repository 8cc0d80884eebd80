"""Dates, lengths and flags as people write them: read as they mean them, or refused."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from qualiforma.training.importing.exceptions import CellError
from qualiforma.training.importing.kinds.learning import MODES
from qualiforma.training.importing.values import (
    choice_of,
    is_nothing,
    read_day,
    read_end,
    read_flag,
    read_hours,
    read_minutes,
    read_start,
    read_text,
)
from qualiforma.training.states import SessionMode


@pytest.mark.parametrize(
    "cell",
    [
        *("mardi 3 novembre 2026", "Mardi 3 novembre 2026", "3 nov. 2026", "03-nov-26", "3 nov 26"),
        *("20261103", 20261103, "03/11/2026", "03.11.2026", "2026-11-03", "2026/11/03"),
        *(date(2026, 11, 3), datetime(2026, 11, 3), datetime(2026, 11, 3, 23, 59)),
    ],
)
def test_a_day(cell):
    assert read_day(cell) == date(2026, 11, 3)


@pytest.mark.parametrize(
    "cell",
    [
        "lundi 3 novembre 2026",
        "31-fev-26",
        "20261399",
        46000,
        "3 brumaire 2026",
        "32/01/2026",
        "3/11/26",
    ],
)
def test_no_day(cell):
    with pytest.raises(CellError):
        read_day(cell)


@pytest.mark.parametrize(
    "cell", ["10/03/2027", "2027-03-10", "mercredi 10 mars 2027", 20270310, date(2027, 3, 10)]
)
def test_a_day_alone_begins_nothing_and_ends_at_its_end(cell):
    with pytest.raises(CellError, match="Indiquez la date et l’heure"):
        read_start(cell)
    assert read_end(cell) == datetime(2027, 3, 10, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell", ["10/03/2027 09:00", "10 mars 2027 à 9h", "2027-03-10T09:00", datetime(2027, 3, 10, 9)]
)
def test_an_hour_that_is_stated_is_taken(cell):
    assert read_start(cell) == read_end(cell) == datetime(2027, 3, 10, 8, tzinfo=UTC)


def test_midnight_is_an_hour_where_it_is_written():
    assert read_start("10/03/2027 00:00") == datetime(2027, 3, 9, 23, tzinfo=UTC)
    assert read_start(datetime(2027, 3, 10)) == datetime(2027, 3, 9, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        *(("7h", "7"), ("7 h 30", "7.5"), ("14 heures", "14"), ("7h30", "7.5"), ("31:30", "31.5")),
        *(("7,5", "7.5"), (7, "7"), (time(7, 30), "7.5"), ("1 heure 15 min", "1.25")),
    ],
)
def test_hours(cell, hours):
    assert read_hours(cell) == Decimal(hours)


@pytest.mark.parametrize("cell", ["7 h 75", "75 %", "deux jours", "2 jours"])
def test_no_hours(cell):
    with pytest.raises(CellError):
        read_hours(cell)


@pytest.mark.parametrize("cell", ["210", "3h30", "3 h 30", "210 min", 210])
def test_minutes(cell):
    assert read_minutes(cell) == 210


@pytest.mark.parametrize("cell", ["Présent", "présente", "P", "✓", "✔ ", "Oui", "x", 1, True])
def test_there(cell):
    assert read_flag(cell) is True


@pytest.mark.parametrize("cell", ["Absent", "absente", "A", "✗", "Non", 0, False])
def test_not_there(cell):
    assert read_flag(cell) is False


@pytest.mark.parametrize("cell", ["-", "–", "N/A", "n/a", " - ", "#N/A", None])
def test_an_empty_cell_says_so(cell):
    assert is_nothing(cell)


@pytest.mark.parametrize("cell", ["0", 0, "a", "na", "- oui"])
def test_what_is_no_empty_cell(cell):
    assert not is_nothing(cell)


@pytest.mark.parametrize(
    ("cell", "mode"),
    [
        *(("Distanciel", "REMOTE"), ("Visio", "REMOTE"), ("à distance", "REMOTE")),
        *(("En présentiel", "ONSITE"), ("Présentiel", "ONSITE"), ("Hybride", "HYBRID")),
    ],
)
def test_modes(cell, mode):
    read: Any = choice_of(SessionMode, MODES)
    assert read(cell, None) == mode


def test_texts_are_stored_composed():
    assert read_text("Intitule\u0301") == "Intitulé"
