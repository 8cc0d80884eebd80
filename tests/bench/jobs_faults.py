"""Workers, database and mail server killed under jobs: `python -m tests.bench.jobs_faults`.

Expected: every acknowledged job has its effect once, every mail arrives, a repeated delivery has
the Message-ID of the first, no worker ends by itself, nothing is left running. Figures: time to
recover from each fault, and repeats.
"""

import argparse
import random
import signal
import sys
import time
from collections import Counter
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from tests.bench.rig import Producer, Report, Rig, kill_server, open_rig, say, until
from tests.live import free_port

DOWNS = ((0, "main"), (2, "all"), (0, "backend"), (15, "main"), (45, "all"), (0, "main"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("workers", "database", "mail"), help="one of the three")
    parser.add_argument("--kills", type=int, default=30, help="of workers (default: 30)")
    parser.add_argument("--downs", type=int, default=6, help="of the database, at most 6")
    parser.add_argument("--mails", type=int, default=200, help="default: 200")
    parser.add_argument("--mail-down", type=int, default=120, help="seconds (default: 120)")
    parser.add_argument(
        "--stalled", type=int, default=6, help="seconds, see run_worker (default: 6)"
    )
    chosen = parser.parse_args()
    report, smtp_port = Report(), free_port()
    with open_rig(
        tenants=4,
        QUALIFORMA_JOB_STALLED_SECONDS=str(chosen.stalled),
        QUALIFORMA_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
    ) as rig:
        if chosen.only in {None, "workers"}:
            kill_workers(rig, report, chosen.kills)
        if chosen.only in {None, "database"}:
            kill_databases(rig, report, DOWNS[: chosen.downs])
        if chosen.only in {None, "mail"}:
            stop_mail_server(rig, report, smtp_port, chosen.mails, chosen.mail_down)
    return report.end()


def begin(rig: Rig, workers: int) -> list[Producer]:
    for _ in range(workers):
        rig.start_worker()
    producers = [
        Producer(rig, f"p{time.time_ns()}-{number}", pause=0.08, job_seconds=0.1)
        for number in range(2)
    ]
    for producer in producers:
        producer.start()
    return producers


def end(rig: Rig, report: Report, producers: list[Producer], part: str) -> None:
    """Let the queue drain, stop the workers, and compare what was promised with what is there."""
    for producer in producers:
        producer.ended.set()
        producer.join(60)
    is_drained = rig.drain(120)
    statuses = rig.stop_workers()
    acknowledged = {key for producer in producers for key in producer.acknowledged}
    unsure = {key for producer in producers for key in producer.unsure}
    effects = Counter(key for key, _, _ in rig.marks() if key in acknowledged | unsure)
    starts = sum(key in acknowledged | unsure for key, _, _ in rig.starts())
    report.figure(
        f"{part}: jobs acknowledged, tries without answer", f"{len(acknowledged)}, {len(unsure)}"
    )
    report.check(f"{part}: queue drained", is_drained, is_drained)
    report.expect(f"{part}: acknowledged without effect", len(acknowledged - set(effects)))
    report.expect(f"{part}: effects there twice", sum(count > 1 for count in effects.values()))
    report.figure(f"{part}: runs beyond one per effect", starts - len(effects))
    report.expect(f"{part}: workers stopped in order", set(statuses), wanted={0})
    states = Counter(rig.query("SELECT status::text FROM procrastinate_jobs"))
    report.expect(f"{part}: left in the queue", dict(states), wanted={})
    [(deaths,)] = rig.query("SELECT coalesce(sum(deaths), 0) FROM jobs_jobtrouble")
    report.figure(f"{part}: deaths counted so far", deaths)


def kill_workers(rig: Rig, report: Report, kills: int) -> None:
    producers = begin(rig, workers=3)
    chance, killed = random.Random(1), {}
    time.sleep(3)
    for _ in range(kills):
        worker = chance.choice([one for one in rig.workers if one.poll() is None])
        worker.send_signal(signal.SIGKILL)
        killed[worker.pid] = time.time()
        worker.wait()
        rig.start_worker()
        time.sleep(chance.uniform(0.5, 2.5))
    say(f"{kills} workers killed")
    end(rig, report, producers, "workers")
    at_work, waited = interrupted(rig, killed)
    report.figure("workers: kills, of which in the middle of a job", f"{kills}, {at_work}")
    report.figure("workers: interrupted job done again after", spread(waited))


def interrupted(rig: Rig, killed: dict[int, float]) -> tuple[int, list[float]]:
    """How many of the killed were at work, and the seconds until another did that job."""
    last = {pid: key for key, pid, _ in rig.starts()}
    done = {key: (pid, at) for key, pid, at in rig.marks()}
    others = {
        pid: done[last[pid]][1] - at
        for pid, at in killed.items()
        if pid in last and last[pid] in done and done[last[pid]][0] != pid
    }
    return len(others), list(others.values())


def kill_databases(rig: Rig, report: Report, downs: tuple[tuple[int, str], ...]) -> None:
    producers = begin(rig, workers=3)
    pids = {worker.pid for worker in rig.workers if worker.poll() is None}
    back: list[tuple[float, str]] = []
    for seconds, how in downs:
        time.sleep(20)
        kill_server(rig.cluster, rig.home, how)
        time.sleep(seconds)
        urls = rig.cluster.start()
        report.expect(f"database: address after {how}, {seconds} s", urls == rig.urls, wanted=True)
        back.append((time.time(), f"{how} killed, {seconds} s down"))
        say(back[-1][1])
    time.sleep(20)
    living = {worker.pid for worker in rig.workers if worker.poll() is None}
    report.expect("database: workers that ended by themselves", len(pids - living))
    end(rig, report, producers, "database")
    marks = rig.marks()
    for moment, fault in back:
        firsts = {
            pid: min((at for _, by, at in marks if by == pid and at > moment), default=float("inf"))
            for pid in pids
        }
        waited = [round(first - moment, 1) for first in sorted(firsts.values())]
        report.figure(f"database: {fault}: workers at work again after (s)", waited)


class Mailbox:
    """A real mail server's hands. It takes every ninth mail without its answer getting through.

    Once for each: the pauses between tries grow, and this is to end.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, float]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail: Message = message_from_bytes(envelope.content)
        name = str(mail["Message-ID"])
        is_new = name not in {message for _, message, _ in self.taken}
        self.taken.append((envelope.rcpt_tos[0], name, time.time()))
        if is_new and len(self.taken) % 9 == 0:
            server.transport.abort()
        return "250 OK"


def stop_mail_server(rig: Rig, report: Report, port: int, mails: int, down: int) -> None:
    box = Mailbox()
    for _ in range(3):
        rig.start_worker()
    addressees = queue_mails(rig, mails)
    say(f"{mails} mails queued while no mail server answers")
    time.sleep(down)
    [(retried,)] = rig.query("SELECT count(*) FROM procrastinate_jobs WHERE attempts > 0")
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    up = time.time()
    for _ in range(4):  # workers die while mails go out, too
        time.sleep(3)
        worker = next(one for one in rig.workers if one.poll() is None)
        worker.kill()
        rig.start_worker()
    is_drained = until(lambda: rig.waiting() == 0, 420)
    statuses = rig.stop_workers()
    server.stop()
    report.figure(f"mail: queued, tried in vain within {down} s", f"{mails}, {retried}")
    report.check("mail: queue drained", is_drained, is_drained)
    report.expect("mail: workers stopped in order", set(statuses), wanted={0})
    ids = {(to, message) for to, message, _ in box.taken}
    report.expect("mail: delivered", Counter(to for to, _ in ids) == addressees, wanted=True)
    report.expect("mail: Message-IDs used for two addressees", len(ids) - len({i for _, i in ids}))
    report.figure("mail: deliveries repeated, same Message-ID", len(box.taken) - len(ids))
    report.figure("mail: first, last delivered after the server was up (s)",
                  f"{box.taken[0][2] - up:.1f}, {box.taken[-1][2] - up:.1f}")  # fmt: skip
    states = Counter(rig.query("SELECT status::text FROM procrastinate_jobs"))
    report.expect("mail: left in the queue", dict(states), wanted={})


def queue_mails(rig: Rig, mails: int) -> Counter[str]:
    """Invite people, then ask for their passwords to be reset; return how many mails each gets."""
    from qualiforma.accounts import services as accounts
    from qualiforma.accounts.actor import Actor
    from qualiforma.accounts.roles import Role
    from qualiforma.tenants.context import current_scope, tenant_context

    actor = Actor("usr_bench", "Bench", Role.ADMIN)
    addressees: Counter[str] = Counter()
    for number in range(mails // 2):
        email = f"person{number}@bench.example"
        with tenant_context(rig.tenants[number % len(rig.tenants)]):
            accounts.invite_user(email=email, name=f"N° {number}", role=Role.TRAINER, actor=actor)
            accounts.request_password_reset(
                email=email, scope=current_scope(), address=f"10.0.0.{number}"
            )
        addressees[email] += 2
    return addressees


def spread(seconds: list[float]) -> str:
    if not seconds:
        return "-"
    ordered = sorted(seconds)
    return f"{ordered[0]:.1f} to {ordered[-1]:.1f} s, median {ordered[len(ordered) // 2]:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
