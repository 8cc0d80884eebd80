"""The guided form about the organisation, its box on the home page, its place in the menu."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.models import OrganisationProfile
from tests.admin_client import text_of
from tests.compliance.test_indicators import make_profile
from tests.compliance.test_readiness_pages import menu_entry

PAGE = "/admin/compliance/organisation/"
ANSWERS = {
    "categories": ["AF", "BC"],
    "new_entrant": ["BC"],
    "conditions": ["CERTIFYING"],
    "activity_number": "11 75 12345 67",
    "address": "12 rue de Siam\r\n29200 Brest",
    "representative": "Anne Le Goff, directrice",
    "certifier": "Certif Conseil",
    "certificate_number": "2025-0412",
    "first_certified_on": "2025-10-06",
    "certified_until": "2028-10-05",
    "last_audit_on": "2025-09-10",
    "next_audit_kind": "SURVEILLANCE",
    "next_audit_on": "2100-03-09",
    "acknowledge_days": "3",
    "answer_days": "15",
    "policy": "STRICT",
    "verifier_policy": "ENFORCE",
    "effectiveness_days": "60",
    "recurrence_days": "365",
    "expected_version": "0",
}
BLANK = {
    "acknowledge_days": "2",
    "answer_days": "10",
    "policy": "LENIENT",
    "verifier_policy": "RECORD",
    "effectiveness_days": "90",
    "recurrence_days": "180",
}


def heading(answer):
    found = re.search(r'<h2 id="effect-title">([^<]*)</h2>', answer.content.decode())
    assert found
    return found[1]


def in_days(number):
    return timezone.localdate() + timedelta(days=number)


def test_answers_are_kept_and_shown_again(admin_client, acme):
    answer = admin_client.send(PAGE, ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    profile = OrganisationProfile.objects.get()
    assert (profile.categories, profile.new_entrant) == (["AF", "BC"], ["BC"])
    assert (profile.activity_number, profile.answer_days) == ("11751234567", 15)
    assert (profile.policy, profile.verifier_policy) == ("STRICT", "ENFORCE")
    assert (profile.effectiveness_days, profile.recurrence_days) == (60, 365)
    shown = admin_client.get(PAGE)
    page = shown.content.decode()
    assert re.search(r'<input[^>]*name="first_certified_on"[^>]*value="2025-10-06"', page)
    assert re.search(
        r'<input[^>]*value="BC"[^>]*name="categories"|name="categories"[^>]*value="BC"', page
    )
    text = text_of(shown)
    assert "Votre audit de surveillance a lieu entre le 6 décembre 2026 et le 6 août 2027." in text
    assert "Audit de surveillance le 9 mars 2100 : dans" in text


def test_each_question_says_what_its_answer_changes(admin_client, acme):
    text = text_of(admin_client.get(PAGE))
    for part in (
        "Actions de formation 28 indicateurs peuvent s’appliquer.",
        "Formations par apprentissage 33 indicateurs peuvent s’appliquer.",
        "Si oui, les indicateurs 3, 7 et 16 s’appliquent ; sinon, ils ne s’appliquent pas.",
        "Si oui, l’indicateur 13 s’applique ; sinon, il ne s’applique pas.",
        "L’indicateur 27 s’applique dans tous les cas",
        "moins sur les indicateurs 2, 3, 11, 13, 14, 19, 22, 24, 25, 26 et 32,",
    ):
        assert part in text, part


def test_what_applies_is_counted_with_its_reasons(admin_client, acme):
    assert heading(admin_client.get(PAGE)) == "33 indicateurs sur 33 s’appliquent"
    make_profile()
    shown = admin_client.get(PAGE)
    assert heading(shown) == "23 indicateurs sur 33 s’appliquent"
    assert "3, 7 et 16 : Aucune de vos formations ne mène à une certification." in text_of(shown)


def test_what_answers_would_change_is_said_and_not_kept(admin_client, acme):
    make_profile()
    preview = {**BLANK, "categories": ["AF"], "conditions": ["CERTIFYING"], "preview": "1"}
    shown = admin_client.send(PAGE, preview)
    text = text_of(shown)
    assert (shown.status_code, heading(shown)) == (200, "26 indicateurs sur 33 s’appliquent")
    assert "S’ajoutent : 3, 7 et 16. Rien n’est encore enregistré." in text
    assert OrganisationProfile.objects.get().conditions == []
    shown = admin_client.send(PAGE, {**BLANK, "categories": ["BC"], "preview": "1"})
    assert "Ne s’appliquent plus : 8." in text_of(shown)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"certified_until": "2025-10-06"},
            "Le certificat prend fin avant la première certification.",
        ),
        ({"activity_number": "12"}, "Indiquez les onze chiffres"),
        ({"next_audit_on": ""}, "Indiquez la nature et la date du prochain audit."),
        ({"new_entrant": ["CFA"]}, "Nouvel entrant pour une prestation que vous ne proposez pas."),
        ({"answer_days": "61"}, "60"),
        ({"effectiveness_days": "731"}, "730"),
        ({"policy": "HARSH"}, "HARSH"),
        ({"categories": ["AFX"]}, "AFX"),
    ],
)
def test_what_is_refused_is_said_at_its_question(admin_client, acme, given, said):
    (name,) = given
    answer = admin_client.send(PAGE, ANSWERS | given)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert re.search(rf'<ul class="errorlist"[^>]*id="id_{name}_error"[^>]*><li>[^<]*{said}', page)
    assert "2025-0412" in page  # what was typed is still there
    assert not OrganisationProfile.objects.exists()


def test_a_change_made_meanwhile_is_not_overwritten(admin_client, as_alice):
    as_alice.patch("/api/v1/qualiopi/organisation", {"certifier": "Autre"})
    answer = admin_client.send(PAGE, ANSWERS)
    assert answer.status_code == 412
    assert OrganisationProfile.objects.get().certifier == "Autre"


def test_an_auditor_reads_and_changes_nothing(auditor_client, acme):
    make_profile()
    page = auditor_client.get(PAGE).content.decode()
    assert "Enregistrer" not in page
    assert not re.findall(
        r'<(?:input type="(?:checkbox|date|text)"|select)(?![^>]*disabled)[^>]*id="id_', page
    )
    assert auditor_client.send(PAGE, ANSWERS).status_code == 403
    assert OrganisationProfile.objects.get().conditions == []


def test_a_new_organisation_meets_it_first(admin_client, auditor_client, acme):
    page = admin_client.get("/admin/").content.decode()
    box = page.index("Commencez par votre organisme")
    assert box < page.index('<div class="qf-grid">')
    assert f'href="{PAGE}"' in page[box : box + 600]
    assert "Commencez par votre organisme" not in text_of(auditor_client.get("/admin/"))
    admin_client.send(PAGE, {**BLANK, "categories": ["AF"]})
    assert "Commencez par votre organisme" not in text_of(admin_client.get("/admin/"))


def test_the_home_page_counts_the_days_to_the_audit(admin_client, acme):
    assert "Aucun audit à venir n’est noté." in text_of(admin_client.get("/admin/"))
    profile = make_profile(next_audit_kind="RENEWAL", next_audit_on=in_days(15))
    for page in ("/admin/", "/admin/compliance/readiness/"):
        assert re.search(
            "Audit de renouvellement le .* : dans 15 jours", text_of(admin_client.get(page))
        )
    profile.next_audit_on = in_days(0)
    profile.save()
    assert "Audit de renouvellement : c’est aujourd’hui." in text_of(admin_client.get("/admin/"))


def test_an_audit_that_has_passed_is_asked_about(admin_client, acme):
    make_profile(next_audit_kind="INITIAL", next_audit_on=in_days(-1))
    assert "est passé : notez-le comme dernier audit" in text_of(admin_client.get(PAGE))


def test_the_menu_leads_to_the_page(admin_client, acme):
    assert menu_entry(admin_client.get("/admin/"), "Notre organisme")[1] == PAGE


def test_an_indicator_that_does_not_apply_is_no_work(admin_client, acme):
    make_profile()
    page = admin_client.get("/admin/compliance/readiness/").content.decode()
    (section,) = re.findall(r'<section [^>]*id="i13".*?</section>', page, re.DOTALL)
    assert "Non applicable" in section
    assert "Vous ne proposez aucune formation en alternance." in section
    assert "<form" not in section
    assert "#i13" not in admin_client.get("/admin/").content.decode()
