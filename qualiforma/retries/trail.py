"""Kept answers are no business data: what they answer for stands in the trail by itself."""

from qualiforma.audit import leave_out
from qualiforma.retries.models import KeptAnswer

leave_out(KeptAnswer, because="idempotency records")
