"""Real workers whose way to the database is cut."""

import signal
import time

import pytest

from qualiforma.jobs.models import JobTrouble
from tests.qualiforma.jobs import probe
from tests.qualiforma.jobs.wire import Wire


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    wire.cut()


@pytest.fixture
def worker(start_worker, wire):
    return start_worker(DATABASE_URL=wire.url)


def test_a_job_cut_off_is_done_once_by_the_same_worker(marks, worker, wire, until):
    """Taken over from nobody: it counts as no death."""
    number = probe.slow.enqueue({"key": "cut"})
    until(number, "running")
    wire.cut()
    time.sleep(3)
    wire.mend()
    until(number, "done")
    assert marks("cut") == 1
    assert worker.poll() is None
    assert not JobTrouble.objects.filter(pk=number, deaths__gt=0).exists()


def test_a_worker_without_database_stops_when_told(works, worker, wire, until):
    until(probe.leave_mark.enqueue({"key": "before"}), "done")
    wire.cut()
    time.sleep(3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0


@pytest.mark.long
def test_a_long_job_is_not_taken_over_for_a_lost_database(marks, worker, wire, start_worker, until):
    """Its worker gives signs of life until the job has ended, before it registers anew."""
    number = probe.patient.enqueue({"key": "patient"})
    until(number, "running")
    start_worker()
    wire.cut()
    time.sleep(1)
    wire.mend()
    until(number, "done")
    assert marks("patient") == 1
    assert not JobTrouble.objects.filter(pk=number).exists()


@pytest.mark.long
def test_a_worker_outlives_a_long_absence(marks, worker, wire, until):
    until(probe.leave_mark.enqueue({"key": "first"}), "done")
    wire.cut()
    time.sleep(35)
    wire.mend()
    until(probe.leave_mark.enqueue({"key": "second"}), "done")
    assert marks("second") == 1
    assert worker.poll() is None
