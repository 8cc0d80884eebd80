"""A training file as a page and on paper: people by their names, levels in words, no ids."""

import pytest

from compliance.documents import learner_file
from compliance.timeline.files import read_file, with_facts
from qualiforma.training.models import Enrollment
from tests.admin_client import text_of
from tests.cast import ALICE
from tests.compliance.needs_factories import make_analysis
from tests.machine_words import enum_values, found_in, read
from tests.qualiforma.training.factories import make_enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment(acme):
    found = make_enrollment(created_by_id=ALICE.id)
    make_analysis(enrollment=found, target_level="INTERMEDIATE", status="COMPLETED")
    return found


def test_the_page_names_people_and_levels(enrollment, admin_client):
    page = admin_client.get(f"/admin/training/enrollment/{enrollment.pk}/timeline/")
    text = text_of(page)
    assert f"Inscription créée par {ALICE.name}" in text
    assert "niveau cible : Intermédiaire" in text
    assert "@" not in text.replace(ALICE.email, "", 1)  # the account menu's own
    assert not [*found_in(read(page.content.decode()).texts, enum_values())]


def test_the_paper_does_too(enrollment):
    timeline = read_file(with_facts(Enrollment.objects.all()).get())
    texts = " ".join(str(row[2]) for row in learner_file._events(timeline))
    assert ALICE.name in texts
    assert "Intermédiaire" in texts
    assert "@" not in texts
