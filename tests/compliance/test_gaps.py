"""What is missing from a training file, as a table of cases: each gap found, and none invented."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.timeline import find_gaps
from qualiforma.timeline import EventType, wire_instant
from qualiforma.training.states import EnrollmentStatus

START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine o'clock in Paris, a Monday
NAMES = {
    "enrolled": EventType.ENROLLMENT_CREATED,
    "needs": EventType.NEEDS_ANALYSIS_COMPLETED,
    "told": EventType.INFORMATION_SENT,
    "pre": EventType.PRE_QUESTIONNAIRE_COMPLETED,
    "post": EventType.POST_QUESTIONNAIRE_COMPLETED,
    "certificate": EventType.CERTIFICATE_ISSUED,
    "plan": EventType.IMPROVEMENT_PLAN_CREATED,
}
# A file in which nothing is missing: days from the first session, of two in a row.
WHOLE = {
    "enrolled": -30,
    "needs": -20,
    "pre": -5,
    "told": -4,
    "attended 0": 0,
    "AM 0": 0,
    "PM 0": 0.2,
    "attended 1": 1,
    "AM 1": 1,
    "PM 1": 1.2,
    "post": 1.3,
    "certificate": 2,
    "plan": 9,
}


def instant(days):
    return wire_instant(START + timedelta(days=days))


def event(step, days, hours=8):
    """One event; `attended 1` is the session that begins a day after the first."""
    name, _, session = step.partition(" ")
    if not session:
        return {"date": instant(days), "type": NAMES[name], "description": "", "metadata": {}}
    begins = float(session)
    about = {
        "sessionId": f"ses_{session}",
        "title": f"Jour {session}",
        "startsAt": instant(begins),
        "endsAt": instant(begins + hours / 24),
    }
    signed = name in {"AM", "PM"}
    type_ = EventType.EMARGEMENT_SIGNED if signed else EventType.SESSION_ATTENDED
    more = {"halfDay": name} if signed else {}
    return {"date": instant(days), "type": type_, "description": "", "metadata": about | more}


def told(steps, status="COMPLETED", now=30.0, assessed=None, informed=None, hours=8):
    """`TYPE REASON indicator` of each gap of a file, its type by the first letters."""
    events = sorted(
        (event(step, days, hours) for step, days in steps.items()), key=lambda one: one["date"]
    )
    gaps = find_gaps(
        events,
        status=EnrollmentStatus(status),
        now=instant(now),
        assessed_at=None if assessed is None else instant(assessed),
        informed_at=None if informed is None else instant(informed),
    )
    return [f"{one.type.partition('_')[0]} {one.reason.lower()} {one.indicator}" for one in gaps]


def without(*steps):
    return {name: days for name, days in WHOLE.items() if name not in steps}


SIGNED = ("AM 0", "PM 0", "AM 1", "PM 1")
PRESENCE = (*SIGNED, "attended 0", "attended 1")
BEGUN = {
    name: WHOLE[name] for name in ("enrolled", "needs", "pre", "told", "attended 0", "AM 0", "PM 0")
}
CASES = {
    "whole": (WHOLE, {}, []),
    # How far it has come.
    "just enrolled": ({"enrolled": -30}, {"status": "ACTIVE"}, []),
    "positioned": ({"enrolled": -30, "pre": -5}, {"status": "ACTIVE"}, []),
    "under way": (BEGUN, {"status": "ACTIVE"}, []),
    "suspended": (BEGUN, {"status": "SUSPENDED"}, []),
    "revoked at once": ({"enrolled": -30}, {"status": "REVOKED"}, []),
    "nothing but the end": (
        {"enrolled": -30},
        {},
        [
            *("NEEDS missing 4", "PRE missing 8", "INFORMATION missing 9"),
            *("SESSION missing 12", "EMARGEMENT missing 12"),
            *("POST missing 11", "CERTIFICATE missing 11"),
        ],
    ),
    # What is missing.
    "no analysis": (without("needs"), {}, ["NEEDS missing 4"]),
    "no analysis, under way": (
        {name: days for name, days in BEGUN.items() if name != "needs"},
        {"status": "ACTIVE"},
        ["NEEDS missing 4"],
    ),
    "no positioning": (without("pre"), {}, ["PRE missing 8"]),
    "a prerequisite instead": (without("pre"), {"assessed": -9}, []),
    "first session not over": (
        {"enrolled": -30, "needs": -20, "told": -4, "attended 0": 0},
        {"status": "ACTIVE", "now": 0.1},
        [],
    ),
    "nothing sent": (without("told"), {}, ["INFORMATION missing 9"]),
    "nothing sent, under way": (
        {name: days for name, days in BEGUN.items() if name != "told"},
        {"status": "ACTIVE"},
        ["INFORMATION missing 9"],
    ),
    "sent in confidence": (without("told"), {"informed": -4}, []),
    "sent late, in confidence before": (WHOLE | {"told": 0.1}, {"informed": -4}, []),
    "sent on the day": (WHOLE | {"told": 0}, {}, []),
    "sent late": (WHOLE | {"told": 0.1}, {}, ["INFORMATION out_of_order 9"]),
    "sent late, in confidence": (without("told"), {"informed": 1}, ["INFORMATION out_of_order 9"]),
    "no presence": (without(*PRESENCE), {}, ["SESSION missing 12", "EMARGEMENT missing 12"]),
    "signed without attendance": (without("attended 0", "attended 1"), {}, []),
    "unsigned": (without("AM 1", "PM 1"), {}, ["EMARGEMENT missing 12"]),
    "unsigned twice": (without(*SIGNED), {}, ["EMARGEMENT missing 12"] * 2),
    "half signed": (without("PM 0"), {}, ["EMARGEMENT missing 12"]),
    "no assessment": (without("post"), {}, ["POST missing 11"]),
    "certified, still active": (without("post"), {"status": "ACTIVE"}, ["POST missing 11"]),
    "no certificate": (without("certificate"), {}, ["CERTIFICATE missing 11"]),
    "active without certificate": (without("certificate"), {"status": "ACTIVE"}, []),
    "several": (without("needs", "post"), {}, ["NEEDS missing 4", "POST missing 11"]),
    # What stands in the wrong order.
    "enrolled late": (WHOLE | {"enrolled": 0.5}, {}, ["ENROLLMENT out_of_order None"]),
    "enrolled on the day": (WHOLE | {"enrolled": 0.1}, {}, []),
    "analysed on the day": (WHOLE | {"needs": 0}, {}, []),
    "analysed late": (WHOLE | {"needs": 0.1}, {}, ["NEEDS out_of_order 4"]),
    "positioned at the very start": (WHOLE | {"pre": 0.02}, {}, []),
    "positioned late": (WHOLE | {"pre": 0.5}, {}, ["PRE out_of_order 8"]),
    "positioned late, prerequisite before": (WHOLE | {"pre": 0.5}, {"assessed": -1}, []),
    "assessed too early": (WHOLE | {"post": 0.3}, {}, ["POST out_of_order 11"]),
    "assessed in the last session": (WHOLE | {"post": 1.1}, {}, []),
    "assessed after the certificate": (WHOLE | {"post": 3}, {}, ["POST out_of_order 11"]),
    "attended after the certificate": (
        WHOLE | {"certificate": 0.9, "post": 0.8, "attended 1": 1},
        {},
        [
            *(
                "SESSION out_of_order 11",
                "EMARGEMENT out_of_order 12",
                "EMARGEMENT out_of_order 12",
            ),
            "POST out_of_order 11",
        ],
    ),
    "signed after the certificate": (WHOLE | {"PM 1": 2.5}, {}, ["EMARGEMENT out_of_order 12"]),
    "analysed after everything, no session": (
        without(*PRESENCE) | {"needs": 5},
        {},
        ["NEEDS out_of_order 4", "SESSION missing 12", "EMARGEMENT missing 12"],
    ),
    # Which half-days there are to sign for, in Paris.
    "a morning": (without("PM 0", "PM 1"), {"hours": 3.5}, []),
    "lunch is nobody's": (without("PM 0", "PM 1"), {"hours": 5}, []),
    "until three": (without("PM 0"), {"hours": 6}, ["EMARGEMENT missing 12"]),
    "today's session is not over": (
        BEGUN | {"attended 1": 1},
        {"status": "ACTIVE", "now": 1.1},
        [],
    ),
}


@pytest.mark.parametrize(("steps", "facts", "expected"), CASES.values(), ids=CASES)
def test_each_gap_is_found_and_none_invented(steps, facts, expected):
    assert told(steps, **facts) == expected


def test_a_correction_signed_later_is_no_gap():
    """A paper signed at the time and entered right later: what counts is that one was signed."""
    events = [event(step, days) for step, days in WHOLE.items() if step != "PM 1"]
    late = event("PM 1", 12)
    late["metadata"]["replaces"] = "sig_wrong"
    found = find_gaps([*events, late], status=EnrollmentStatus.COMPLETED, now=instant(30))
    assert found == []


def test_a_gap_says_what_it_is_about():
    (gap,) = find_gaps(
        [event(step, days) for step, days in WHOLE.items() if step != "PM 1"],
        status=EnrollmentStatus.COMPLETED,
        now=instant(30),
    )
    assert gap.description == "Demi-journée non émargée (après-midi) : Jour 1."
    assert (gap.expected_before, gap.session_id) == (EventType.CERTIFICATE_ISSUED, "ses_1")


# Each step whose absence alone is one gap.
SINGLE = {
    "needs": "NEEDS missing 4",
    "pre": "PRE missing 8",
    "told": "INFORMATION missing 9",
    "PM 0": "EMARGEMENT missing 12",
    "AM 1": "EMARGEMENT missing 12",
    "post": "POST missing 11",
    "certificate": "CERTIFICATE missing 11",
}


@settings(deadline=None, max_examples=150)
@given(taken=st.sets(st.sampled_from(sorted(SINGLE))), order=st.randoms(use_true_random=False))
def test_whatever_is_taken_away_is_what_is_found(taken, order):
    """Planted gaps all found, none invented; events of one second in whatever order."""
    steps = list(without(*taken).items())
    order.shuffle(steps)
    assert sorted(told(dict(steps))) == sorted(SINGLE[one] for one in taken)


@settings(deadline=None, max_examples=150)
@given(
    sessions=st.integers(1, 12),
    unsigned=st.sets(st.integers(0, 11)),
    plans=st.integers(0, 3),
    again=st.booleans(),
)
def test_as_many_unsigned_sessions_as_were_left_unsigned(sessions, unsigned, plans, again):
    steps = {
        "enrolled": -30,
        "needs": -20,
        "pre": -5,
        "told": -4,
        "post": sessions,
        "certificate": sessions + 1,
    }
    steps |= {f"attended {day}": day for day in range(sessions)}
    signed = [day for day in range(sessions) if day not in unsigned]
    steps |= {f"AM {day}": day for day in signed} | {f"PM {day}": day + 0.2 for day in signed}
    expected = ["EMARGEMENT missing 12"] * (sessions - len(signed))
    assert told(steps) == expected
    # What no rule asks of changes nothing.
    more = {"plan": sessions + plans} if plans else {}
    assert told(steps | more, assessed=1 if again else None) == expected
