"""The queue for Prometheus."""

import logging

from django.db import Error
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from qualiforma.jobs.services import count_jobs, count_workers

logger = logging.getLogger(__name__)


def queue_metrics() -> list[Metric]:
    """Return what waits, runs and failed, by queue; nothing while the database is away.

    Cost: two queries over what is in the queue, at each scrape.
    """
    jobs = GaugeMetricFamily(
        "qualiforma_jobs", "Jobs in the queue; done ones are gone.", labels=["queue", "state"]
    )
    overdue = GaugeMetricFamily(
        "qualiforma_jobs_overdue_seconds", "How long the oldest due job waits.", labels=["queue"]
    )
    try:
        for count in count_jobs():
            jobs.add_metric([count.queue, count.state], count.jobs)
            if count.state == "waiting":
                overdue.add_metric([count.queue], count.overdue_seconds)
        workers = GaugeMetricFamily(
            "qualiforma_job_workers", "Workers that gave a sign of life lately.", count_workers()
        )
    except Error:
        logger.warning("The queue could not be measured")
        return []
    return [jobs, overdue, workers]
