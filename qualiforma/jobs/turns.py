"""Which job a worker takes next: by priority, then each organisation in turn."""

from collections.abc import Iterable

from procrastinate.jobs import Job
from procrastinate.manager import JobManager

# Against procrastinate's default of 0: what somebody cannot go on without.
URGENT = 100
# The lane is the organisation's schema; its long jobs have one of their own, served one at a time.
TAKE = """
    SELECT *, jobs_lane(lock, args) AS lane
    FROM jobs_take(%(queue)s, %(worker)s, %(last_lane)s, %(with_long)s, COALESCE(%(due_by)s, now()))
"""


def long_lock(schema: str, lane: str = "") -> str:
    """Return the lock that an organisation's long jobs share: one of them runs at a time.

    Those of a `lane` have a turn of their own beside the others.
    """
    return f"{schema}:{lane}:long" if lane else f"{schema}:long"


class FairManager(JobManager):
    """Takes jobs in turn. Each worker remembers whom it served last, hence the turns are its own.

    Cost: one statement; an index probe for each organisation that waits without a job that is due.
    """

    last_lane = ""
    # False: a worker that leaves long jobs to others.
    with_long = True

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take the next job, or return None."""
        for queue in queues or ():
            rows = await self.connector.execute_query_all_async(
                query=TAKE,
                queue=queue,
                worker=worker_id,
                last_lane=self.last_lane,
                with_long=self.with_long,
                due_by=None,
            )
            for row in rows:
                self.last_lane = row["lane"]
                return Job.from_row(row)
        return None
