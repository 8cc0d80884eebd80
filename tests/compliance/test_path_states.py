"""The states of modules as a table of cases; nothing here touches the database."""

from decimal import Decimal

import pytest

from compliance.models import PathModule
from compliance.services import module_progress
from compliance.services.paths_progress import Record
from qualiforma.training.models import Course

DONE, UNDER_WAY = Record(is_completed=True), Record(is_under_way=True)


def scored(value):
    return Record(score=Decimal(value))


def modules(text):
    """`a b? c70`: courses in order, `?` an optional one, the number its condition."""
    found = []
    for order, word in enumerate(text.split(), start=1):
        name, least = word[0], word.strip("?")[1:]
        course = Course(id=f"crs_{name}", title=name.upper())
        found.append(
            PathModule(
                course=course,
                order=order,
                mandatory=not word.endswith("?"),
                unlock_condition=f"SCORE_GTE_{least}" if least else "COMPLETION",
            )
        )
    return found


CASES = [
    ("a b c", {}, "UNLOCKED LOCKED LOCKED"),
    ("a b c", {"a": UNDER_WAY}, "IN_PROGRESS LOCKED LOCKED"),
    ("a b c", {"a": DONE}, "COMPLETED UNLOCKED LOCKED"),
    ("a b c", {"a": DONE, "b": DONE}, "COMPLETED COMPLETED UNLOCKED"),
    # An optional module never blocks: the last mandatory one before it is looked at.
    ("a b? c", {"a": DONE}, "COMPLETED UNLOCKED UNLOCKED"),
    ("a b? c", {"b": DONE}, "UNLOCKED COMPLETED LOCKED"),
    ("a b? c? d", {"a": DONE}, "COMPLETED UNLOCKED UNLOCKED UNLOCKED"),
    ("a? b c", {}, "UNLOCKED UNLOCKED LOCKED"),
    ("a? b? c", {}, "UNLOCKED UNLOCKED UNLOCKED"),
    # Scores: of the best final questionnaire, completed or not.
    ("a b70", {"a": scored("69.99")}, "UNLOCKED LOCKED"),
    ("a b70", {"a": scored("70")}, "UNLOCKED UNLOCKED"),
    ("a b80", {"a": scored("70")}, "UNLOCKED LOCKED"),
    ("a b80", {"a": scored("80.00")}, "UNLOCKED UNLOCKED"),
    ("a b70", {"a": DONE}, "COMPLETED LOCKED"),
    ("a b? c80", {"a": scored(85), "b": scored(10)}, "UNLOCKED LOCKED UNLOCKED"),
    # What was done is a fact, whatever was open.
    ("a b c", {"b": UNDER_WAY}, "UNLOCKED IN_PROGRESS LOCKED"),
    ("a b c", {"c": DONE}, "UNLOCKED LOCKED COMPLETED"),
]


@pytest.mark.parametrize(("path", "records", "expected"), CASES, ids=str)
def test_states(path, records, expected):
    given = {f"crs_{name}": record for name, record in records.items()}
    found = module_progress(modules(path), given)
    assert " ".join(one.state for one in found) == expected


@pytest.mark.parametrize(
    ("path", "is_assessed", "expected"),
    [
        ("a b", False, "LOCKED LOCKED"),
        ("a b", True, "UNLOCKED LOCKED"),
        # The entrance is also that of a module behind optional ones alone.
        ("a? b c", False, "LOCKED LOCKED LOCKED"),
        ("a? b c", True, "UNLOCKED UNLOCKED LOCKED"),
    ],
)
def test_the_entrance(path, is_assessed, expected):
    found = module_progress(modules(path), {}, assessment_id="qst_in", is_assessed=is_assessed)
    assert " ".join(one.state for one in found) == expected


def test_a_score_just_below_does_not_read_as_enough():
    _, second = module_progress(modules("a b70"), {"crs_a": scored("69.9999")})
    (lack,) = second.missing
    assert (second.state, lack.reached_score) == ("LOCKED", Decimal("69.99"))


def test_missing_things_are_listed_in_words():
    first, second, third = module_progress(modules("a b c80"), {}, assessment_id="qst_in")
    assert [one.description for one in first.missing + second.missing + third.missing] == [
        "L’évaluation d’entrée n’est pas encore faite.",
        "« A » n’est pas encore terminé.",
        "Score d’au moins 80 % dans « B » (aucun score).",
    ]
