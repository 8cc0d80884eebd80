"""Organisations take turns on the workers, and none gets all, however many calls one of them makes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

import pytest

from qualiforma.runtime.front import BUSY, OVERLOADED, REFUSED, Front
from qualiforma.runtime.turns import Names, Places, TooLateError, Turns, Use, name_in
from qualiforma.runtime.workers import ORGANISATION, ThreadWorker
from tests.live import wait_until


@dataclass
class Named:
    """A worker that does nothing."""

    name: str
    is_gone: bool = False


class Held:
    """Calls that have a worker each, until they are let go."""

    def __init__(self, workers):
        self.turns: Turns[Named] = Turns()
        for name in workers:
            self.turns.add(Named(name))
        self.order, self.threads = [], {}

    def ask(self, organisation):
        """Have a call ask for a worker; return once it has one, or waits."""
        known = len(self.order) + self.turns.count_waiting()
        thread = threading.Thread(target=self._run, args=[organisation, len(self.threads)])
        self.threads[len(self.threads)] = (thread, threading.Event())
        thread.start()
        wait_until(lambda: len(self.order) + self.turns.count_waiting() > known)
        return self

    def _run(self, organisation, number):
        with self.turns.worker(organisation, 30) as worker:
            self.order.append((organisation, worker.name, number))
            self.threads[number][1].wait(30)

    def end(self, place):
        """End the call that was served at this place in the order."""
        _, _, number = self.order[place]
        thread, may_end = self.threads[number]
        may_end.set()
        thread.join(30)
        return self

    @property
    def served(self):
        return "".join(organisation for organisation, _, _ in self.order)


@pytest.fixture
def held():
    made = []

    def make(workers):
        made.append(Held(workers))
        return made[-1]

    yield make
    for one in made:
        for _, may_end in one.threads.values():
            may_end.set()
        for thread, _ in one.threads.values():
            thread.join(30)


@pytest.mark.parametrize(
    ("workers", "asked", "served"),
    [
        ("1", "aab", "a"),
        ("12", "aaab", "ab"),
        ("1234", "aaaaab", "aab"),
        ("1234", "aaabbbbc", "aabc"),  # two that ask for much leave one to a third
        ("12345678", "aaaaaaaab", "aaaab"),
    ],
)
def test_one_organisation_gets_half_and_leaves_one(held, workers, asked, served):
    calls = held(workers)
    for organisation in asked:
        calls.ask(organisation)
    assert calls.served == served


def test_one_call_waits_for_no_queue_of_another_organisation(held):
    calls = held("1")
    for organisation in "aaaabb":
        calls.ask(organisation)
    for place in range(5):
        calls.end(place)
        wait_until(lambda place=place: len(calls.order) == place + 2)
    assert calls.served == "aababa"


def test_an_organisation_comes_back_to_its_worker_and_others_to_the_one_that_rests(held):
    calls = held("12")
    calls.ask("a").end(0).ask("b").end(1).ask("a").end(2).ask("c")
    assert [worker for _, worker, _ in calls.order] == ["1", "2", "1", "2"]


def test_who_used_most_gets_a_quarter_while_others_call(held):
    calls = held("1234")
    calls.turns._use.add("a", 10)
    for organisation in "aaaaaa":
        calls.ask(organisation)
    assert calls.served == "aa"  # nobody else calls
    calls.turns._use.add("b", 1)
    calls.end(0).end(1)
    wait_until(lambda: calls.served == "aaa")
    calls.ask("b")
    assert calls.served == "aaab"


def test_who_asks_for_half_keeps_it(held):
    calls = held("1234")
    calls.turns._use.add("a", 10)
    calls.turns._use.add("b", 1)
    assert calls.ask("a").ask("a").served == "aa"


def test_use_is_forgotten(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("qualiforma.runtime.turns.time.monotonic", lambda: now[0])
    use = Use()
    use.add("a", 4)
    use.add("b", 2)
    assert [use.is_largest(one) for one in "abc"] == [True, False, False]
    now[0] += 5
    use.add("b", 2)
    assert [use.is_largest(one) for one in "ab"] == [False, True]
    now[0] += 60
    assert not use.is_largest("b")


def test_a_worker_that_is_gone_is_given_to_nobody():
    turns: Turns[Named] = Turns()
    for name in "12":
        turns.add(Named(name))
    with turns.worker("a", 1) as worker:
        worker.is_gone = True
    for organisation in "ab":
        with turns.worker(organisation, 1) as worker:
            assert worker.name == "2"


def test_who_waits_too_long_waits_no_more():
    turns: Turns[Named] = Turns()
    turns.add(Named("1"))
    with turns.worker("a", 1), pytest.raises(TooLateError), turns.worker("b", 0.01):
        pass
    assert turns.count_waiting() == 0
    with turns.worker("b", 1) as worker:
        assert worker.name == "1"


def test_an_organisation_has_half_of_the_places():
    places = Places(8)
    assert [places.take("a") for _ in range(6)] == [True] * 4 + [False] * 2
    assert [places.take("b") for _ in range(3)] == [True] * 2 + [False]
    places.give_back("a")
    assert places.take("b")


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"PATH_INFO": "/api/v1/users", "HTTP_X_TENANT_ID": "acme"}, "api acme"),
        ({"PATH_INFO": "/api/v1/users", "HTTP_SESSIONID": "qfs.tnt_a.x"}, "api qfs.tnt_a"),
        ({"PATH_INFO": "/admin/", "HTTP_X_TENANT_ID": "acme", "HTTP_HOST": "b"}, "host b"),
        ({"PATH_INFO": "/links/file/abc", "HTTP_HOST": "b"}, "/links/file/abc"),
        ({"PATH_INFO": "/calendar/abc.ics", "HTTP_HOST": "b"}, "/calendar/abc.ics"),
        ({}, "host "),
    ],
)
def test_a_call_comes_under_the_name_that_decides_for_whom_it_is(environ, name):
    assert name_in(environ) == name


def test_names_of_nobody_share_one_queue(monkeypatch):
    names = Names()
    names.learn("api acme", "tnt_acme")
    names.learn("host acme.localhost", "tnt_acme")
    names.learn("api nobody", "")
    assert names.organisation_of("api acme") == names.organisation_of("host acme.localhost")
    assert names.organisation_of("api nobody") == names.organisation_of("api nothing")
    monkeypatch.setattr("qualiforma.runtime.turns.MOST_NAMES", 2)
    names.learn("api globex", "tnt_globex")
    assert names.organisation_of("api globex") == "tnt_globex"
    assert names.organisation_of("api acme") == names.organisation_of("api nobody")


# --- The same in front of an application


class Served:
    """A front of one worker, which is held by calls of /held until they are let go."""

    def __init__(self):
        self.begun, self.free, self.order = threading.Event(), threading.Event(), []
        self.front = Front(self.answer, max_body_bytes=lambda _path: 10)
        self.front.turns.add(ThreadWorker(self.answer))

    def answer(self, environ, _start):
        if REFUSED in environ:
            return [environ[REFUSED].encode()]
        if environ["PATH_INFO"] == "/fault":
            raise ZeroDivisionError
        if environ["PATH_INFO"] == "/held":
            self.begun.set()
            self.free.wait(30)
        environ[ORGANISATION] = environ["HTTP_HOST"]
        self.order.append(environ["HTTP_HOST"])
        return [environ["wsgi.input"].read()] if "wsgi.input" in environ else [b"answered"]

    def __call__(self, host, path="/", **environ):
        environ = {"HTTP_HOST": host, "PATH_INFO": path} | environ
        return b"".join(self.front(environ, lambda *_: None))


@pytest.fixture
def served():
    one = Served()
    yield one
    one.free.set()


def test_a_call_that_waited_too_long_is_refused(served, monkeypatch):
    monkeypatch.setattr(Front, "WORKER_SECONDS", 0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(served, "a", "/held")
        served.begun.wait(30)
        assert served("a") == BUSY.encode()
        served.free.set()
        assert first.result() == b"answered"
    assert served("a") == b"answered"


def test_the_queue_of_one_organisation_has_an_end(served):
    """As shipped: of one worker's 32 places it gets half, the worker's own included, for ten seconds."""
    assert (Front.PLACES, Front.WORKER_SECONDS) == (32, 10)
    assert [served(one) for one in "ab"] == [b"answered"] * 2
    with ThreadPoolExecutor(17) as pool:
        own = [pool.submit(served, "a", "/held")]
        served.begun.wait(30)
        own += [pool.submit(served, "a") for _ in range(15)]
        wait_until(lambda: served.front.turns.count_waiting() == 15)
        assert served("a") == OVERLOADED.encode()  # at once: nobody has let the others go
        other = pool.submit(served, "b")
        wait_until(lambda: served.front.turns.count_waiting() == 16)
        served.free.set()
        assert {one.result() for one in [*own, other]} == {b"answered"}
    # Its queue was there first; the other organisation's call came second all the same.
    assert served.order[2:5].index("b") <= 2


def test_slow_bodies_of_one_organisation_leave_places_to_others(served, monkeypatch):
    """Places are taken before a body is read; how long that takes is its sender's business."""
    served.front._places = Places(4)
    assert [served(one) for one in "ab"] == [b"answered"] * 2
    may_end, reading = threading.Event(), threading.Semaphore(0)

    class Slow(BytesIO):
        def read(self, size=-1):
            reading.release()
            may_end.wait(30)
            return super().read(size)

    with ThreadPoolExecutor(2) as pool:
        slow = [
            pool.submit(served, "a", CONTENT_LENGTH="2", **{"wsgi.input": Slow(b"{}")})
            for _ in range(2)
        ]
        for _ in slow:
            reading.acquire(timeout=30)
        assert served("a") == OVERLOADED.encode()
        assert served("b") == b"answered"
        may_end.set()
        assert [one.result() for one in slow] == [b"{}"] * 2


def test_a_fault_passes_the_turn_on(served):
    with pytest.raises(ZeroDivisionError):
        served("a", "/fault")
    assert served("a") == served("b") == b"answered"
