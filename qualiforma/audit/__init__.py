"""The audit trail: who changed what, when, by which door, in an order that nobody can rewrite.

Rows are written by the database's triggers, whatever wrote the change; services say what it means
with `action` or `recorded`, and `enter` notes what changes no row. Source: platform notes.
"""

from qualiforma.audit.context import action, enter, recorded, rename
from qualiforma.audit.registry import leave_out, register, say

__all__ = ["action", "enter", "leave_out", "recorded", "register", "rename", "say"]
