"""The demo's files: the sample shows the source's events, and the gaps planted in others are found."""

import pytest

from compliance.demo import evidence, needs, paths
from compliance.models import PathAssignment
from compliance.services import progress_of
from compliance.timeline import read_file
from compliance.timeline.files import with_facts
from improvements import demo as improvements
from qualiforma.accounts import demo as accounts
from qualiforma.timeline import EventType
from qualiforma.training import demo as training
from qualiforma.training.models import Enrollment

# What `qualiforma.training.demo.histories`, `compliance.demo.needs` and `.evidence` plant; the others
# have none.
PLANTED = {
    "enr_excel_pre": ["PRE missing"],
    "enr_excel_late": ["PRE out_of_order"],
    "enr_mgmt_nopost": ["POST missing"],
    "enr_mgmt_unsigned": ["EMARGEMENT missing"],
    "enr_sst_nocert": ["CERTIFICATE missing"],
    "enr_sst_half": ["EMARGEMENT missing"],
    "enr_paie_order": ["POST out_of_order"],
    # Nobody sent these two: no company's need was analysed.
    "enr_paie_alone": ["NEEDS missing", "PRE missing", "INFORMATION missing", "POST missing"],
    "enr_angl_two": ["NEEDS missing", "INFORMATION out_of_order"],
    "enr_form_slow": ["NEEDS out_of_order"],
}


@pytest.fixture
def demo(acme):
    for one in (accounts, training, needs, paths, evidence, improvements):
        one.load("votre-tenant")


def test_the_sample_file_has_every_type_and_the_documented_beginning(demo):
    file = read_file(with_facts(Enrollment.objects.all()).get(pk="enr_abc123"))
    assert [(one["date"], one["description"]) for one in file.events[:3]] == [
        ("2026-04-01T10:00:00Z", "Inscription créée par admin@qualiforma.fr"),
        ("2026-04-02T09:30:00Z", "Analyse des besoins validée — niveau cible : ADVANCED"),
        ("2026-04-15T14:00:00Z", "Questionnaire pré-formation rempli (score 12/20)"),
    ]
    # No complaint of this learner led to a plan whose effect could be checked.
    assert {one["type"] for one in file.events} == set(EventType) - {
        EventType.EFFECTIVENESS_CHECKED
    }
    assert file.gaps == []


def test_what_was_planted_is_found_and_nothing_else(demo):
    found = {
        one.pk: [
            f"{gap.type.partition('_')[0]} {gap.reason.lower()}" for gap in read_file(one).gaps
        ]
        for one in with_facts(Enrollment.objects.all())
    }
    assert {pk: gaps for pk, gaps in found.items() if gaps} == PLANTED


def test_states_follow_from_what_the_learners_did(demo):
    assignments = list(PathAssignment.objects.filter(path="pth_excel_debutant").whole())
    states = {
        one.user_id: " ".join(step.state for step in steps)
        for one in assignments
        for steps in [progress_of(assignments)[one.pk]]
    }
    assert states["usr_learner01"] == "COMPLETED IN_PROGRESS LOCKED"
    assert "COMPLETED UNLOCKED LOCKED LOCKED" in states.values()
    assert all(one.needs_analysis_id for one in assignments)
