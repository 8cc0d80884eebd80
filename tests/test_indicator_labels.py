"""The wording beside each indicator number: in the API, on pages, by the day and the language."""

from datetime import date

from django.utils import timezone

from improvements.models import ClosingReport
from improvements.reports import report_of
from improvements.services.snapshots import snapshot_of
from improvements.states import PlanStatus
from qualiforma.qualiopi.grids import G2026, label
from tests.admin_client import entered, text_of
from tests.cast import ALICE, Client
from tests.compliance.evidence_factories import make_evidence
from tests.improvements.factories import make_plan

EVIDENCE = "/api/v1/evidence"
PLANS = "/api/v1/improvement-plans"
# What may name an indicator in an answer, and what stands beside it.
BESIDE = {
    "indicators": "indicatorLabels",
    "byIndicator": "indicatorLabels",
    "indicator": "indicatorLabel",
}


def wording(number, language):
    return getattr(G2026.by_number[number].label, language)


def test_every_answer_that_numbers_indicators_words_them(as_alice):
    """Of the documented bodies; those that are sent hold numbers alone."""
    schemas = as_alice.get("/api/v1/schema").json()["components"]["schemas"]
    numbering = {
        (name, field)
        for name, schema in schemas.items()
        for field, about in schema.get("properties", {}).items()
        if field in BESIDE and "$ref" not in about.get("items", {})
    }
    sent = {
        "EvidenceChanges",
        "EvidenceInput",
        "FindingChanges",
        "FindingInput",
        "IndicatorReviewInput",
        "JudgementInput",
        "PlanChanges",
        "PlanInput",
        "RiskChanges",
        "RiskInput",
    }
    answered = {(name, field) for name, field in numbering if name not in sent}
    assert len(answered) >= 6
    for name, field in answered:
        assert BESIDE[field] in schemas[name]["properties"], name


def test_the_api_words_them_in_the_language_of_the_request(acme, tokens):
    evidence = make_evidence(indicators=[31, 4])
    plan = make_plan(indicators=[32])
    for language in ("fr", "en"):
        reader = Client("acme", tokens[ALICE.id, "acme"], language=language)
        of_evidence = {"31": wording(31, language), "4": wording(4, language)}
        found = reader.get(f"{EVIDENCE}/{evidence.pk}").json()["data"]
        assert found["indicatorLabels"] == of_evidence
        assert reader.get(EVIDENCE).json()["data"][0]["indicatorLabels"] == of_evidence
        whole = reader.get(f"{PLANS}/{plan.pk}").json()["data"]
        assert whole["indicatorLabels"] == {"32": wording(32, language)}
        stats = reader.get(f"{PLANS}/stats").json()["data"]
        assert stats["indicatorLabels"] == {"32": wording(32, language)}
        review = reader.post("/api/v1/qualiopi/readiness/reviews", {"indicator": 9})
        assert review.json()["data"]["indicatorLabel"] == wording(9, language)


def test_the_grid_of_the_paris_day_words_them(as_alice, monkeypatch):
    plan = make_plan(indicators=[32])
    for day in (date(2026, 10, 31), date(2026, 11, 1)):
        monkeypatch.setattr(timezone, "localdate", lambda *_args, day=day: day)
        found = as_alice.get(f"{PLANS}/{plan.pk}").json()["data"]
        assert found["indicatorLabels"] == {"32": label(32, day)}
    assert label(32, date(2026, 10, 31)) != label(32, date(2026, 11, 1))


def test_pages_word_them(acme):
    make_evidence(id="evd_words", indicators=[31, 4])
    make_plan(id="imp_words", indicators=[32])
    pages = {
        "/admin/compliance/evidence/": (31, 4),
        "/admin/compliance/evidence/evd_words/change/": (31, 4),
        "/admin/improvements/improvementplan/imp_words/change/": (32,),
        # In the filter.
        "/admin/improvements/improvementplan/": (1, 33),
    }
    for language in ("fr", "en"):
        admin_client = entered(ALICE, language=language)
        for page, numbers in pages.items():
            text = text_of(admin_client.get(page))
            for number in numbers:
                assert f"{number} – {wording(number, language)}" in text, page


def test_a_closing_report_words_them_by_the_day_of_closing(acme):
    plan = make_plan(indicators=[32], status=PlanStatus.COMPLETED)
    snapshot = snapshot_of(plan) | {"closedAt": "2026-10-31T22:30:00Z"}  # 23:30 in Paris
    plan.closing_report = ClosingReport(plan=plan, summary="Fait.", snapshot=snapshot)
    fields = {str(title): text for title, text in report_of(plan)["frozen"]["fields"]}
    assert fields["Indicateurs Qualiopi"] == f"32 – {label(32, date(2026, 10, 31))}"


def test_words_cost_no_statement(as_alice, count_queries):
    make_evidence(indicators=[1])
    few = count_queries(lambda: as_alice.get(EVIDENCE))
    for _ in range(10):
        make_evidence(indicators=list(range(1, 34)))
    assert count_queries(lambda: as_alice.get(EVIDENCE)) == few
