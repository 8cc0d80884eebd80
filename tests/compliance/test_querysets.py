"""What the querysets hold by themselves, whoever lets the call through to them."""

from datetime import date

import pytest
from django.utils import timezone

from compliance.models import AdaptivePath, Audit, Evidence, Finding
from compliance.services import change_path
from compliance.services.paths_inputs import ModuleDraft
from compliance.states import Judgement
from qualiforma.accounts.actor import Actor
from tests.cast import ALICE, AUDREY, BOB, MONA, TOM
from tests.compliance.audit_factories import make_audit, make_finding
from tests.compliance.evidence_factories import make_evidence
from tests.compliance.paths_factories import make_assignment, make_courses, make_path


def acting(person):
    return Actor(id=person.id, name=person.name, role=person.role)


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        (ALICE, {"evd_alice", "evd_tom", "evd_bob"}),
        (AUDREY, {"evd_alice", "evd_tom", "evd_bob"}),
        (TOM, {"evd_tom"}),
        (MONA, set()),
        (BOB, set()),
    ],
)
def test_evidence_is_seen_whole_or_ones_own_or_not_at_all(acme, person, seen):
    for name, owner in {"alice": ALICE, "tom": TOM, "bob": BOB}.items():
        make_evidence(id=f"evd_{name}", owner_id=owner.id, created_by_id=owner.id)
    found = Evidence.objects.visible_to(acting(person)).values_list("pk", flat=True)
    assert {*found} == seen


@pytest.mark.parametrize(("person", "count"), [(ALICE, 1), (TOM, 1), (MONA, 1), (BOB, 0)])
def test_paths_are_the_staffs(acme, person, count):
    make_path()
    assert AdaptivePath.objects.visible_to(acting(person)).count() == count


def test_paths_are_found_by_their_very_courses_and_learners(acme):
    first, second = make_courses("crs_one", "crs_two")
    one, two = make_path([{"course": first}]), make_path([{"course": second}])
    make_assignment(two)
    assert [*AdaptivePath.objects.with_course("crs_one")] == [one]
    assert [*AdaptivePath.objects.with_course("crs_two")] == [two]
    assert [*AdaptivePath.objects.assigned()] == [two]


def test_a_path_is_found_by_the_courses_of_its_present_version_alone(acme):
    first, second = make_courses("crs_one", "crs_two")
    path = make_path([{"course": first}])
    changes = {"modules": [ModuleDraft(second.pk, 1)]}
    change_path(path=path, changes=changes, actor=acting(ALICE))
    assert not AdaptivePath.objects.with_course("crs_one").exists()
    assert [*AdaptivePath.objects.with_course("crs_two")] == [path]


def test_minor_findings_count_together_where_a_certifier_made_them(acme):
    alone = make_finding()
    lifted = {"lifted_on": date(2026, 3, 9), "status": "LIFTED", "deadline": None}
    initial = make_finding(audit=make_audit(kind="INITIAL"))
    make_finding(audit=make_audit(kind="INTERNAL"))
    make_finding(severity="MAJOR")
    Finding.objects.filter(pk=make_finding().pk).update(**lifted)
    assert {*Finding.objects.pending_minors()} == {alone, initial}


def test_an_auditor_reads_no_confidential_evidence(acme):
    secret, public = make_evidence(confidential=True), make_evidence(confidential=False)
    assert {*Evidence.objects.readable_by(acting(ALICE))} == {secret, public}
    assert {*Evidence.objects.readable_by(acting(AUDREY))} == {public}


def test_evidence_is_ones_own_by_keeping_it_or_by_having_entered_it(acme):
    kept = make_evidence(owner_id=TOM.id, created_by_id=ALICE.id)
    entered = make_evidence(owner_id=ALICE.id, created_by_id=TOM.id)
    assert {*Evidence.objects.visible_to(acting(TOM))} == {kept, entered}


def test_what_demonstrates_is_there_and_not_withdrawn(acme):
    statement, whole = make_evidence(), make_evidence(kind="FILE", file_count=1)
    make_evidence(kind="FILE")
    withdrawn = {
        "status": "WITHDRAWN",
        "withdrawn_at": timezone.now(),
        "withdrawal_reason": "Erreur.",
    }
    make_evidence(**withdrawn, withdrawn_by_id=ALICE.id)
    assert {*Evidence.objects.demonstrating()} == {statement, whole}


def test_what_informs_a_learner_is_of_that_enrollment_and_of_indicator_9(acme):
    about = {"record_type": "ENROLLMENT", "record_id": "enr_one", "indicators": [9]}
    told = make_evidence(**about)
    for other in ({"record_id": "enr_two"}, {"record_type": "COURSE"}, {"indicators": [31]}):
        make_evidence(**about | other)
    assert {*Evidence.objects.informing("enr_one")} == {told}


def test_an_audit_counts_its_own_judgements_by_kind(acme):
    judged = {1: "MINOR", 2: "MINOR", 3: "MAJOR", 4: "SATISFACTORY", 5: "NOT_JUDGED"}
    make_audit({number: Judgement(one) for number, one in judged.items()}, id="aud_full")
    make_audit({}, id="aud_empty")
    names = ("judged_count", "minor_count", "major_count", "scope")
    found = {pk: more for pk, *more in Audit.objects.with_counts().values_list("pk", *names)}
    assert found == {"aud_full": [4, 2, 1, [1, 2, 3, 4, 5]], "aud_empty": [0, 0, 0, []]}
