"""Days without an hour: none for a start or a signature; for an end, the end of the day."""

from pathlib import Path

import pytest
from django.utils import timezone

from qualiforma.training.models import TrainingSession
from tests.cast import TOM
from tests.qualiforma.training.factories import make_course
from tests.qualiforma.training.sheets import counts, csv_file, imported

pytestmark = pytest.mark.django_db
CASE = Path(__file__).parent / "cases" / "sessions-dates.csv"


@pytest.fixture
def lines(acme):
    """The case, as acme's course and trainer are called."""
    make_course(id="crs_word_longs")
    head, row = CASE.read_text("utf-8-sig").strip().splitlines()
    return head, row.replace("trainer@qualiforma.fr", TOM.email)


def test_a_start_without_its_hour_is_refused(lines, tmp_path):
    outcome, [refusal] = imported("sessions", csv_file(tmp_path, *lines))
    assert counts(outcome) == (0, 0, 0, 1)
    assert (refusal.column, refusal.value) == ("Début", "10/03/2027")
    assert "Indiquez la date et l’heure" in refusal.reason
    assert not TrainingSession.objects.exists()


@pytest.mark.parametrize(
    "start",
    ["10/03/2027 09:00", "mercredi 10 mars 2027 à 9h", "10-mars-27 09:00", "2027-03-10T09:00"],
)
def test_an_end_without_its_hour_is_the_end_of_that_day(lines, tmp_path, start):
    head, row = lines
    row = row.replace("10/03/2027", start, 1).replace("11/03/2027", "10/03/2027")  # one day
    outcome, refusals = imported("sessions", csv_file(tmp_path, head, row))
    assert (counts(outcome), refusals) == ((1, 0, 0, 0), [])
    session = TrainingSession.objects.get()
    assert f"{timezone.localtime(session.starts_at):%d/%m/%Y %H:%M}" == "10/03/2027 09:00"
    assert f"{timezone.localtime(session.ends_at):%d/%m/%Y %H:%M:%S}" == "10/03/2027 23:59:59"
