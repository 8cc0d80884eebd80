"""The optional engine, against a local server that plays a language model, mostly badly."""

import json
import os
import threading
import time
from typing import Any, ClassVar

import psycopg
import pytest

from tests import live
from tests.compliance.model_server import playing
from tests.compliance.needs_factories import NOTE, URL, make_catalogue, needs_body
from tests.live import free_port
from tests.qualiforma.training.factories import make_company
from tests.slow_servers import full


@pytest.fixture
def model(acme, settings):
    with playing() as (model, url):
        settings.RECOMMENDER, settings.RECOMMENDER_URL = "openai", url
        settings.RECOMMENDER_MODEL, settings.RECOMMENDER_KEY = "tiny", "s3cret"
        settings.RECOMMENDER_SECONDS = 0.4
        yield model


@pytest.fixture
def analyse(model, as_alice):
    """Analyse a need that two courses answer; return what is recommended, and the gap."""
    make_catalogue()

    def analyse(**body):
        answer = as_alice.post(URL, needs_body(objectives=["Excel, reporting"], **body))
        assert answer.status_code == 201, answer.content
        row = answer.json()["data"]
        return row["recommendations"], row["gapAnalysis"]

    return analyse


def ids(recommendations):
    return [one["courseId"] for one in recommendations]


def test_a_model_orders_and_phrases_what_the_database_found(model, analyse):
    model.rank(
        {"courseId": "crs_init", "score": 0.913, "reason": "Pour\nbien\u0007 commencer."},
        {"courseId": "crs_form", "score": 0.4},
    )
    found, gap = analyse()
    assert (gap["engine"], gap["engineFailure"]) == ("OPENAI", None)
    assert [(one["courseId"], one["score"]) for one in found] == [
        ("crs_init", 0.91), ("crs_form", 0.4),
    ]  # fmt: skip
    assert found[0]["reasons"][0] == "Pour bien commencer."
    assert any(reason.startswith("Répond à l’objectif 1") for reason in found[0]["reasons"])


def test_what_it_leaves_out_follows_as_it_was(model, analyse):
    model.rank({"courseId": "crs_init", "score": 0.2})
    found, gap = analyse()
    assert (ids(found), gap["engine"]) == (["crs_init", "crs_form"], "OPENAI")
    assert found[1]["score"] <= found[0]["score"]


def test_model_gets_no_person_and_no_disability(model, analyse):
    analyse(
        context="Contexte de Jeanne Martin",
        accessibilityNeeds=NOTE,
        thirdPartyAnalysis="Selon Cap emploi",
    )
    (asked,), (headers,) = model.asked, model.headers
    told = json.dumps(asked, ensure_ascii=False)
    for word in ("Jeanne", "Malentendante", "Cap emploi", "cmp_", "Guéguen", "nda_", "Alice"):
        assert word not in told
    assert (asked["model"], headers["Authorization"]) == ("tiny", "Bearer s3cret")
    assert headers["path"] == "/v1/chat/completions"
    assert sorted(model.courses) == ["crs_form", "crs_init"]


def test_addresses_and_numbers_are_taken_out_of_objectives(model, as_alice):
    make_catalogue()
    text = "Excel pour jeanne@ex.fr, 06 12 34 56 78, ISO 9001"
    as_alice.post(URL, needs_body(objectives=[text, "Reporting"]))
    told = json.loads(model.asked[0]["messages"][1]["content"])
    assert told["objectives"] == ["Excel pour … …, ISO 9001", "Reporting"]


def nested(depth):
    return "[" * depth + "]" * depth


BAD = {
    "refuses": (lambda model: model.send(500, b"no"), "REFUSED"),
    "redirects": (lambda model: model.send(307, Location="http://127.0.0.1:1/"), "REFUSED"),
    "no json": (lambda model: model.send(200, b"<html>"), "UNREADABLE"),
    "other json": (lambda model: model.send(200, b'{"choices": []}'), "UNREADABLE"),
    "deep json": (lambda model: model.send(200, nested(100_000).encode()), "UNREADABLE"),
    "not latin": (lambda model: model.send(200, b"\xff\xfe"), "UNREADABLE"),
    "prose": (lambda model: model.write("Je conseille Excel."), "UNREADABLE"),
    "a list": (lambda model: model.write("[1]"), "UNREADABLE"),
    "nothing ranked": (lambda model: model.rank(), "UNREADABLE"),
    "rows of text": (lambda model: model.rank("crs_init"), "UNREADABLE"),
    "no score": (lambda model: model.rank({"courseId": "crs_init"}), "UNREADABLE"),
    "odd score": (lambda model: model.rank({"courseId": "crs_init", "score": 7}), "UNREADABLE"),
    "a flag": (lambda model: model.rank({"courseId": "crs_init", "score": True}), "UNREADABLE"),
    "huge number": (
        lambda model: model.write('{"ranking":[{"courseId":"crs_init","score":1e999}]}'),
        "UNREADABLE",
    ),
    "unknown course": (
        lambda model: model.rank({"courseId": "crs_sst", "score": 1, "reason": "Autre"}),
        "UNKNOWN_COURSE",
    ),
    "known, then unknown": (
        lambda model: model.rank(
            {"courseId": "crs_init", "score": 1, "reason": "Mieux"},
            {"courseId": "crs_made_up", "score": 1},
        ),
        "UNKNOWN_COURSE",
    ),
    "twice the same": (
        lambda model: model.rank(*[{"courseId": "crs_init", "score": 1}] * 2),
        "UNKNOWN_COURSE",
    ),
    "huge answer": (lambda model: model.send(200, b"x" * 5_000_000), "TOO_LARGE"),
    "too slow": (lambda model: setattr(model, "play", lambda _: time.sleep(1)), "TIMEOUT"),
    "slow body": (lambda model: model.trickle(pause=0.05, head=False), "TIMEOUT"),
    "slow head": (lambda model: model.trickle(pause=0.05, head=True), "TIMEOUT"),
}


@pytest.mark.parametrize(("misbehave", "failure"), BAD.values(), ids=BAD)
def test_the_database_takes_over_and_says_so(model, analyse, misbehave, failure, settings):
    settings.RECOMMENDER = "postgresql"
    expected, _ = analyse()
    settings.RECOMMENDER = "openai"
    misbehave(model)
    found, gap = analyse()  # it returns, while two of these answer for ever
    assert (gap["engine"], gap["engineFailure"]) == ("POSTGRESQL_FALLBACK", failure)
    assert found == expected


def test_nobody_at_the_address(model, analyse, settings):
    settings.RECOMMENDER_URL = f"http://127.0.0.1:{free_port()}/v1"
    assert analyse()[1]["engineFailure"] == "UNREACHABLE"


@pytest.mark.parametrize("head", [True, False])
def test_threads_that_were_given_up_end(model, analyse, head):
    model.trickle(pause=0.05, head=head)
    analyse()
    deadline = time.monotonic() + 20
    while any(one.name == "recommender" for one in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_to_order_makes_no_call(model, as_alice):
    company = make_company()
    row = as_alice.post(URL, needs_body(company, objectives=["Plongée"])).json()["data"]
    assert (row["recommendations"], row["gapAnalysis"]["engine"]) == ([], "POSTGRESQL")
    assert model.asked == []


class Keyed(live.Caller):
    headers: ClassVar = {"Idempotency-Key": "once"}


@pytest.fixture(scope="module")
def installed(demo_server, demo_admin):
    """A server that asks a model, which `model.play` plays; and a caller of it."""
    with playing() as (model, url):
        server = live.start_server(RECOMMENDER="openai", RECOMMENDER_URL=url, PORT=str(free_port()))
        yield model, live.Caller(server.base, "qualiforma-demo", demo_admin.token)
        server.stop()


def test_no_lock_is_held_while_the_model_answers(installed):
    """While the model thinks, keyed or not, the trail's lock is free for others."""
    model, admin = installed
    keyed = Keyed(admin.base, admin.tenant, admin.token)
    free = []

    def think(handler):
        free.append(trail_is_free("qualiforma-demo"))
        handler.say({"ranking": [{"courseId": model.courses[0], "score": 1}]})

    model.play = think
    _, made = admin("POST", "needs-analysis", sample() | {"status": "DRAFT"})
    path = f"needs-analysis/{made['data']['id']}"
    assert admin("PATCH", path, {"objectives": ["Excel, macros"]})[0] == 200
    assert keyed("POST", f"{path}/complete")[0] == 200
    status, whole = keyed("POST", "needs-analysis", sample())
    assert (status, whole["data"]["gapAnalysis"]["engine"]) == (201, "OPENAI")
    assert free == [True] * 4


def test_a_need_that_a_rival_changes_meanwhile_is_ranked_again(installed, demo_admin):
    model, admin = installed
    model.play = lambda handler: handler.say({"ranking": []})
    _, made = admin("POST", "needs-analysis", sample() | {"status": "DRAFT"})
    path = f"needs-analysis/{made['data']['id']}"

    def be_overtaken(handler):  # by way of the other server: this one's process may be the same
        assert demo_admin("PATCH", path, {"objectives": ["Secourisme"]})[0] == 200
        handler.say({"ranking": [{"courseId": model.courses[0], "score": 1}]})

    model.play = be_overtaken
    status, answer = admin("PATCH", path, {"targetLevel": "EXPERT"})
    gap = answer["data"]["gapAnalysis"]
    assert (status, gap["engineFailure"], gap["targetLevel"]) == (
        200,
        "CHANGED_MEANWHILE",
        "EXPERT",
    )
    assert answer["data"]["objectives"] == ["Secourisme"]
    assert {one["courseId"] for one in answer["data"]["recommendations"]} <= {
        "crs_sst_init", "crs_sst_mac",
    }  # fmt: skip
    assert answer["data"]["recommendations"]


def sample():
    return {
        "companyId": "cmp_abc123",
        "objectives": ["Maîtriser Excel pour reporting RH"],
        "currentLevel": "BEGINNER",
        "targetLevel": "ADVANCED",
        "context": "Mise à jour annuelle",
    }


def trail_is_free(slug):
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as other:
        found: Any = other.execute(
            "SELECT schema_name FROM public.tenants_tenant WHERE slug = %s", [slug]
        ).fetchone()
        (schema,) = found
        lock = psycopg.sql.Identifier(schema, "audit_lock")
        query = psycopg.sql.SQL("SELECT 1 FROM {} FOR NO KEY UPDATE NOWAIT").format(lock)
        try:
            return other.execute(query).rowcount == 1
        except psycopg.errors.LockNotAvailable:
            return False


def test_connections_that_are_not_accepted(model, analyse, settings):
    """The time of the whole is for a model that thinks, not for one that is away."""
    settings.RECOMMENDER_SECONDS = 30
    with full() as port:
        settings.RECOMMENDER_URL = f"http://127.0.0.1:{port}/v1"
        began = time.monotonic()
        assert analyse()[1]["engineFailure"] == "TIMEOUT"
    assert time.monotonic() - began < settings.RECOMMENDER_SECONDS / 2
