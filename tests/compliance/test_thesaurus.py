"""What is said of a training, and the words under which catalogues have it."""

import pytest

from compliance.recommend.thesaurus import LINES, THESAURUS
from compliance.recommend.words import GENERIC, SYNONYM, WORDS_MAX, plain, terms_of


def words_of(text):
    """Each slot of an objective, with what it is looked for as."""
    slots: dict[str, list[str]] = {}
    for term in terms_of([text]):
        slots.setdefault(term.said, []).append(term.word)
    return slots


@pytest.mark.parametrize(
    "text", ["Feuille de calcul", "feuilles de calculs", "FEUILLES DE CALCUL !"]
)
def test_a_phrase_hides_its_words_singular_and_plural_alike(text):
    assert list(words_of(text).values()) == [["tableur", "excel"]]


def test_a_word_stands_for_itself_before_what_else_it_may_be_called():
    terms = terms_of(["Devenir cariste"])
    assert [(one.word, one.quality) for one in terms if one.said == "cariste"] == [
        ("cariste", 1.0), ("caces", SYNONYM), ("chariot", SYNONYM),
    ]  # fmt: skip


def test_of_two_phrases_the_longest_counts():
    assert "fiche de paie" in words_of("La fiche de paie")
    assert list(words_of("gestionnaire de paie")) == ["gestionnaire de paie"]


def test_an_objective_has_so_many_words_and_no_more():
    assert len(words_of(" ".join(f"mot{rank}" for rank in range(100)))) == WORDS_MAX


def test_the_table_is_written_as_objectives_are_read():
    for line in filter(None, LINES.splitlines()):
        saids, arrow, meant = line.partition(" > ")
        assert arrow, line
        assert [plain(one) for one in saids.split(", ")] == saids.split(", "), line
        assert not set(meant.split()) & set(GENERIC.split()), line
    assert all(THESAURUS.values())
