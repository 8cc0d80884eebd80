"""Reading the trail in tests."""

import json

from qualiforma.audit.models import AuditEvent


def last_seq():
    return AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def since(seq, **filters):
    return list(AuditEvent.objects.filter(seq__gt=seq, **filters).order_by("seq"))


def clear(event):
    """The clear values of an entry, by name."""
    return {name: json.loads(text) for name, (_, text) in event.clear.items()}
