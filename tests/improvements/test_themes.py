"""Themes of complaints: the organisation's own list, by the API and under `/admin/`."""

import pytest
from django.contrib.admin.utils import quote

from improvements.models import Complaint, ComplaintTheme
from qualiforma.tenants.context import tenant_context
from tests.admin_client import text_of
from tests.improvements.factories import make_complaint, make_theme

URL = "/api/v1/complaint-themes"
COMPLAINTS = "/api/v1/complaints"
LIST = "/admin/improvements/complainttheme/"
BODY = {"subject": "Salle trop froide", "channel": "FORM", "complainantRole": "LEARNER"}


def refused(answer, status=400):
    assert answer.status_code == status, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_theme_from_its_name_to_the_archive(as_alice):
    made = as_alice.post(URL, {"name": "Accueil", "position": 2})
    theme = made.json()["data"]
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    assert (theme["name"], theme["position"], theme["archived"]) == ("Accueil", 2, False)
    url = f"{URL}/{theme['id']}"
    changed = as_alice.patch(url, {"archived": True, "name": "Accueil et locaux"})
    assert changed["ETag"] == '"2"'
    assert as_alice.get(url).json()["data"]["archived"] is True
    assert as_alice.patch(url, {"archived": False}, HTTP_IF_MATCH='"1"').status_code == 412
    assert as_alice.delete(url, HTTP_IF_MATCH='"1"').status_code == 412
    assert as_alice.delete(url).status_code == 204
    assert as_alice.get(url).status_code == 404


WRONG = [
    ({"name": "  "}, [("name", "blank")]),
    ({"name": "x" * 101}, [("name", "max_length")]),
    ({"name": "ACCUEIL ET LÔCAUX"}, [("name", "taken")]),
    ({"name": "a", "position": -1}, [("position", "min_value")]),
    ({"name": "a", "position": "2"}, [("position", "invalid")]),
    ({"name": "a", "couleur": "x"}, [("couleur", "unknown")]),
]


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_what_is_refused_is_named_and_adds_nothing(as_alice, body, expected):
    make_theme("Accueil et locaux")
    assert refused(as_alice.post(URL, body)) == expected
    assert ComplaintTheme.objects.count() == 1


def test_a_theme_cannot_take_the_name_of_another(as_alice):
    make_theme("Accueil")
    other = make_theme("Facturation")
    assert refused(as_alice.patch(f"{URL}/{other.pk}", {"name": "accueil"})) == [("name", "taken")]
    assert as_alice.patch(f"{URL}/{other.pk}", {"name": "FACTURATION"}).status_code == 200


def test_the_list_keeps_the_order_and_filters(as_alice):
    for name, position, archived in (("C", 1, False), ("A", 2, False), ("B", 1, True)):
        make_theme(name, position=position, archived=archived)

    def names(query=""):
        return [row["name"] for row in as_alice.get(f"{URL}{query}").json()["data"]]

    assert names() == ["B", "C", "A"]
    assert names("?archived=false") == ["C", "A"]
    assert names("?archived=true") == ["B"]
    assert names("?q=a") == ["A"]


def test_a_theme_that_complaints_name_is_archived_not_deleted(as_alice):
    theme = make_theme()
    complaint = make_complaint(theme=theme)
    answer = as_alice.delete(f"{URL}/{theme.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "THEME_IN_USE")
    assert answer.json()["complaints"] == 1
    as_alice.patch(f"{URL}/{theme.pk}", {"archived": True})
    complaint.refresh_from_db()
    assert complaint.theme_id == theme.pk
    kept = as_alice.patch(f"{COMPLAINTS}/{complaint.pk}", {"themeId": theme.pk, "subject": "Autre"})
    assert kept.json()["data"]["themeId"] == theme.pk, "what it has already is no change"


def test_a_complaint_names_a_theme_in_use(as_alice, as_bob, globex):
    theme, archived = make_theme(), make_theme("Ancien", archived=True)
    with tenant_context(globex):
        foreign = make_theme("Autre organisme")
    made = as_bob.post(COMPLAINTS, BODY | {"themeId": theme.pk}).json()["data"]
    assert made["themeId"] == theme.pk
    url = f"{COMPLAINTS}/{made['id']}"
    for wrong in (archived.pk, foreign.pk, "thm_none"):
        assert refused(as_alice.patch(url, {"themeId": wrong})) == [("themeId", "unknown")]
        assert refused(as_bob.post(COMPLAINTS, BODY | {"themeId": wrong}))
    assert Complaint.objects.count() == 1
    assert as_alice.patch(url, {"themeId": None}).json()["data"]["themeId"] is None


def test_complaints_are_filtered_by_theme(as_alice):
    theme = make_theme()
    wanted = make_complaint(theme=theme)
    make_complaint()
    rows = as_alice.get(f"{COMPLAINTS}?themeId={theme.pk}").json()["data"]
    assert [row["id"] for row in rows] == [wanted.pk]


# --- Under /admin/
def test_themes_are_kept_under_admin(admin_client):
    body = {"name": "Accueil", "position": "3"}
    assert admin_client.send(f"{LIST}add/", body).status_code == 302
    theme = ComplaintTheme.objects.get()
    page = f"{LIST}{quote(theme.pk)}/change/"
    changed = {"name": "Accueil", "position": "3", "archived": "on", "expected_version": "1"}
    assert admin_client.send(page, changed).status_code == 302
    theme.refresh_from_db()
    assert (theme.position, theme.archived, theme.version) == (3, True, 2)
    make_theme("Facturation")
    answer = admin_client.send(page, changed | {"name": "facturation", "expected_version": "2"})
    assert answer.status_code == 400
    assert "Un autre thème porte déjà ce nom." in text_of(answer)


def test_a_theme_in_use_is_not_deleted_under_admin(admin_client):
    theme = make_theme()
    make_complaint(theme=theme)
    remove = f"{LIST}{quote(theme.pk)}/remove/"
    assert "archivez-le" in text_of(admin_client.get(remove))
    refusal = admin_client.send(remove, {})
    assert refusal.status_code == 409
    assert "Des réclamations sont classées sous ce thème" in text_of(refusal)
    Complaint.objects.update(theme=None)
    assert admin_client.send(remove, {}).status_code == 302
    assert not ComplaintTheme.objects.exists()


def test_an_auditor_reads_themes_and_changes_nothing(auditor_client):
    theme = make_theme("Lu")
    assert "Lu" in text_of(auditor_client.get(LIST))
    for path in ("add/", f"{quote(theme.pk)}/change/", f"{quote(theme.pk)}/remove/"):
        assert (
            auditor_client.send(f"{LIST}{path}", {"name": "x", "position": "0"}).status_code == 403
        )
    assert ComplaintTheme.objects.get().name == "Lu"


def test_a_complaint_page_offers_themes_in_use_and_its_own(admin_client):
    make_theme("Nouveau")
    make_theme("Plus proposé", archived=True)
    own = make_theme("Le sien", archived=True)
    complaint = make_complaint(theme=own)
    page = admin_client.get(f"/admin/improvements/complaint/{quote(complaint.pk)}/change/")
    text = page.content.decode()
    assert ">Nouveau</option>" in text
    assert ">Le sien</option>" in text
    assert "Plus proposé" not in text


def test_the_list_of_themes_costs_the_same_for_many(admin_client, as_alice, count_queries):
    make_complaint(theme=make_theme())
    admin_client.get(LIST)
    few = count_queries(lambda: admin_client.get(LIST)), count_queries(lambda: as_alice.get(URL))
    for rank in range(20):
        make_complaint(theme=make_theme(f"Thème {rank}"))
    many = count_queries(lambda: admin_client.get(LIST)), count_queries(lambda: as_alice.get(URL))
    assert many == few
