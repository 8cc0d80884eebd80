"""The nodes of a sharded database for Prometheus."""

import logging

from django.conf import settings
from django.db import Error
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from qualiforma.tenants.sharding import node_states

logger = logging.getLogger(__name__)


def node_metrics() -> list[Metric]:
    """Return whether each node answers; nothing where none is, or while the coordinator is away.

    Cost: that of `node_states`, at each scrape.
    """
    if not settings.SHARDED:
        return []
    up = GaugeMetricFamily(
        "qualiforma_node_up", "1 when the node answers the coordinator, else 0.", labels=["node"]
    )
    try:
        for node, answers in node_states().items():
            up.add_metric([node], answers)
    except Error:
        logger.warning("The nodes could not be asked")
        return []
    return [up]
