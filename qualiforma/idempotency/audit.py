"""Kept answers are no business data: what they answer for stands in the trail by itself."""

from qualiforma.audit import exclude
from qualiforma.idempotency.models import KeptAnswer

exclude(KeptAnswer, because="idempotency records")
