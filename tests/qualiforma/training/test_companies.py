"""Companies over HTTP."""

import pytest

from tests.qualiforma.training.factories import make_company

URL = "/api/v1/companies"
SIRET = "73282932000074"


def test_a_company_from_entry_to_correction(as_tom):
    sent = {"name": " Anjou Bois ", "siret": "732 829 320 00074", "contactEmail": "rh@anjou.fr"}
    created = as_tom.post(URL, sent)
    assert (created.status_code, created["ETag"]) == (201, '"1"')
    row = created.json()["data"]
    assert (row["name"], row["siret"], row["contactEmail"]) == ("Anjou Bois", SIRET, "rh@anjou.fr")
    url = f"{URL}/{row['id']}"
    changed = as_tom.patch(url, {"contactEmail": None}, HTTP_IF_MATCH='"1"')
    assert (changed["ETag"], changed.json()["data"]["contactEmail"]) == ('"2"', None)
    stale = as_tom.patch(url, {"name": "Autre"}, HTTP_IF_MATCH='"1"')
    assert (stale.status_code, stale.json()["version"]) == (412, 2)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"siret": "73282932000075"}, "siret", "invalid"),
        ({"siret": SIRET}, "siret", "taken"),
        ({"contactEmail": "personne"}, "contactEmail", "invalid"),
        ({"name": "\u2800"}, "name", "blank"),
        ({"nom": "x"}, "nom", "unknown"),
    ],
)
def test_what_is_refused_is_named(as_alice, changes, field, code):
    make_company(siret=SIRET)
    company = make_company(name="Loire")
    answer = as_alice.patch(f"{URL}/{company.pk}", changes)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]
    company.refresh_from_db()
    assert (company.name, company.version) == ("Loire", 1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=guéguen", ["Menuiserie Guéguen"]),
        ("q=GUEGUEN menuis", ["Menuiserie Guéguen"]),
        ("q=732829", ["Anjou Bois"]),
        ("ordering=name", ["Anjou Bois", "Menuiserie Guéguen"]),
        ("ordering=-name", ["Menuiserie Guéguen", "Anjou Bois"]),
        ("", ["Anjou Bois", "Menuiserie Guéguen"]),
    ],
)
def test_filters_and_order(as_alice, query, expected):
    make_company()
    make_company(name="Anjou Bois", siret=SIRET)
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert [row["name"] for row in rows] == expected


def test_a_key_answers_once(as_alice):
    first = as_alice.post(URL, {"name": "Anjou"}, HTTP_IDEMPOTENCY_KEY="k")
    again = as_alice.post(URL, {"name": "Anjou"}, HTTP_IDEMPOTENCY_KEY="k")
    assert first.json() == again.json()
    assert as_alice.get(URL).json()["meta"]["total"] == 1
    other = as_alice.post(URL, {"name": "Loire"}, HTTP_IDEMPOTENCY_KEY="k")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
