from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.views import KernelViewSet
from qualiforma.audit.models import AuditEvent
from qualiforma.endpoints.audit.filters import AuditEventFilter
from qualiforma.endpoints.audit.policies import can_read_trail
from qualiforma.endpoints.audit.serializers import AuditEventOutput


class AuditEventViewSet(KernelViewSet[AuditEvent]):
    queryset = AuditEvent.objects.order_by("-seq")
    serializer_class = AuditEventOutput
    filterset_class = AuditEventFilter
    permissions = {"list": can_read_trail}

    @extend_schema(
        operation_id="listAuditEvents",
        tags=["Audit"],
        summary="Lire le journal d’audit",
        description="Chaque changement de l’organisme, par quelque porte qu’il soit passé, du plus "
        "récent au plus ancien. Les entrées sont chaînées : `hash` scelle l’entrée et `previous`.",
        responses=AuditEventOutput(many=True),
    )
    def list(self, request: Request) -> Response:
        return self.paged(AuditEventOutput)
