from typing import Any

from rest_framework import serializers

from qualiforma.api.serializers import Input, InstantField
from qualiforma.audit.descriptions import Change, describe
from qualiforma.audit.models import AuditEvent

PLAN_CLOSED: dict[str, Any] = {
    "sequence": 1284,
    "at": "2026-09-28T16:00:00Z",
    "sentence": "Claire Martin a clôturé le plan",
    "actor": "usr_admin01",
    "action": "improvements.plan.closed",
    "operation": "UPDATE",
    "objectType": "IMPROVEMENT_PLAN",
    "objectId": "imp_8f3b21",
    "changes": [
        {
            "field": "status",
            "title": "statut",
            "before": "IN_PROGRESS",
            "after": "COMPLETED",
            "hidden": False,
        }
    ],
    "reason": None,
}


class ChangeOutput(Input):
    field = serializers.CharField()
    title = serializers.CharField(help_text="Nom du champ pour une personne.")
    before = serializers.CharField(allow_null=True, help_text="Ancienne valeur, s’il y en a une.")
    after = serializers.CharField(allow_null=True, help_text="Nouvelle valeur, s’il y en a une.")
    hidden = serializers.BooleanField(help_text="Vrai si une valeur a existé sans être conservée.")

    def to_representation(self, instance: Change) -> Any:
        """Write the fields as they are: a page has thousands of them, and each has its type already."""
        return {name: getattr(instance, name) for name in self.fields}


class HistoryOutput(Input):
    """One entry as the people of a plan read it."""

    example = PLAN_CLOSED
    sequence = serializers.IntegerField(source="event.seq", min_value=1)
    at = InstantField(
        source="event.at",
        allow_null=True,
        help_text="Absent si la base de données contient un instant illisible : l’entrée a été falsifiée.",
    )
    sentence = serializers.CharField()
    actor = serializers.CharField(allow_null=True)
    action = serializers.CharField(source="event.action")
    operation = serializers.CharField(source="event.operation")
    object_type = serializers.CharField()
    object_id = serializers.CharField(source="event.object_id")
    changes = ChangeOutput(many=True)
    reason = serializers.CharField(allow_null=True)

    def to_representation(self, instance: AuditEvent) -> Any:
        return super().to_representation(describe(instance))


class AuditEventOutput(HistoryOutput):
    """The whole entry."""

    example = PLAN_CLOSED | {
        "door": "API",
        "requestId": "req_66f0c1d2a1b2c3d4e5f60718",
        "databaseUser": "qualiforma_app",
        "previous": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }
    door = serializers.CharField()
    request_id = serializers.CharField(allow_null=True)
    database_user = serializers.CharField(source="event.database_user")
    previous = serializers.CharField(
        source="event.previous", help_text="Empreinte SHA-256 de l’entrée précédente."
    )
    hash = serializers.CharField(
        source="event.hash", help_text="Empreinte SHA-256 de cette entrée."
    )
