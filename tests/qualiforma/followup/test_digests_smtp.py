"""Many reminders by a real mail server and real workers, two of which are killed in the middle."""

import os
import signal
import threading
from collections import Counter
from datetime import date, timedelta

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import ActionStatus, PlanStatus, Trigger
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.followup.digests import queue_digests
from qualiforma.followup.models import Digest
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests import forks, live
from tests.committed import committed_tenant
from tests.mailbox import Mailbox

DONE = "Terminée une seconde avant"


class HoldingMailbox(Mailbox):
    """Holds the text of two mails back until their sender is gone, and never takes them."""

    def __init__(self, hold):
        super().__init__()
        self.hold = set(hold)
        self.is_held, self.goes_on = threading.Event(), threading.Event()
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):
        if len(self.messages) in self.hold:
            self.hold.discard(len(self.messages))
            self.is_held.set()
            while not self.goes_on.is_set():
                await self.turn()
            self.goes_on.clear()
            return "451 its sender is gone"
        answer = await super().handle_DATA(server, session, envelope)
        self.taken[envelope.rcpt_tos[0]] += 1
        return answer

    @staticmethod
    async def turn():
        import asyncio

        await asyncio.sleep(0.02)


def fill(people, things):
    """That many people, and late actions given out among them in turn; one of each is done."""
    users = [
        User(id=f"usr_{rank}", email=f"p{rank}@rappels.fr", name=f"Personne {rank}", role="TRAINER")
        for rank in range(people)
    ]
    User.objects.bulk_create(users)
    plan = ImprovementPlan.objects.create(
        title="Tout", trigger=Trigger.AUDIT, owner=users[0], target_date=date(2099, 1, 1)
    )
    late = timezone.localdate() - timedelta(days=1)
    CorrectiveAction.objects.bulk_create(
        CorrectiveAction(
            plan=plan, description=f"Action {rank}", owner=users[rank % people], due_date=late
        )
        for rank in range(things)
    )
    CorrectiveAction.objects.bulk_create(
        CorrectiveAction(plan=plan, description=DONE, owner=user, due_date=late) for user in users
    )
    ImprovementPlan.objects.update(status=PlanStatus.IN_PROGRESS)
    return users


def start_worker(port):
    return forks.start(
        *("manage.py", "run_worker"),
        env=os.environ
        | {
            "QUALIFORMA_SMTP_URL": f"smtp://127.0.0.1:{port}",
            # More than a busy machine keeps a living worker from saying so.
            "QUALIFORMA_JOB_STALLED_SECONDS": "10",
        },
        start_new_session=True,
    )


def kill(worker):
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)


def left():
    leave_tenant()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return cursor.fetchone()[0]


@pytest.fixture
def tenant(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), committed_tenant("rappels") as made:
        yield made


@pytest.mark.parametrize(
    ("people", "things"),
    [(12, 80), pytest.param(300, 2000, marks=pytest.mark.long)],
    ids=["bounded", "whole"],
)
def test_one_mail_each_whatever_is_killed(tenant, people, things):
    server = HoldingMailbox(hold={people // 3, 2 * people // 3})
    controller = Controller(server, hostname="127.0.0.1", port=live.free_port())
    controller.start()
    with tenant_context(tenant):
        users = fill(people, things)
        assert queue_digests(timezone.localdate()) == people
        CorrectiveAction.objects.filter(description=DONE).update(
            status=ActionStatus.DONE, completed_at=timezone.now()
        )
    worker = start_worker(controller.port)
    try:
        for _ in range(2):
            live.wait_until(server.is_held.is_set, worker, seconds=900)
            kill(worker)
            server.is_held.clear()
            server.goes_on.set()
            worker = start_worker(controller.port)
        live.wait_until(lambda: left() == 0, worker, seconds=1800)
    finally:
        kill(worker)
        controller.stop()
    assert server.taken == Counter({user.email: 1 for user in users})
    check_contents(server.messages, tenant, people, things)


def check_contents(messages, tenant, people, things):
    texts = [one.get_body(("plain",)).get_content() for one in messages]
    assert not any(DONE in text for text in texts)
    assert sum(text.count("- Action ") for text in texts) == things
    with tenant_context(tenant):
        assert queue_digests(timezone.localdate()) == 0
        assert Digest.objects.filter(sent_at__isnull=False).count() == people
        assert AuditEvent.objects.filter(action="followup.digest.sent").count() == people
