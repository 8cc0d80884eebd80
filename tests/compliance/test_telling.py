"""The reasons of a recommendation, as people read them."""

import pytest

from compliance.recommend.reasons import tell


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            {"code": "MATCHED", "objective": 0, "words": [["Exel", "excel"], ["RH", "rh"]]},
            "Répond à l’objectif 1 : Exel → excel, RH",
        ),
        (
            {"code": "BRIDGES", "from": "BEGINNER", "to": "ADVANCED"},
            "Mène du niveau Débutant au niveau Avancé",
        ),
        ({"code": "LATER", "from": "EXPERT", "to": "EXPERT"}, "Consolide le niveau Expert"),
        (
            {"code": "BEYOND", "from": "ADVANCED", "to": "ADVANCED"},
            "Commence au niveau Avancé, au-delà du besoin",
        ),
    ],
)
def test_each_is_one_sentence_that_says_what_it_means(reason, said):
    assert tell(reason) == said
