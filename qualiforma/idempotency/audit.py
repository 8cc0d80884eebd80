"""Stored answers are not recorded in the trail: the changes they answer for are."""

from qualiforma.audit import exclude
from qualiforma.idempotency.models import KeptAnswer

exclude(KeptAnswer, because="idempotency records")
