"""`GET /tenants/current`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts.policies import anybody
from qualiforma.api.serializers import Output
from qualiforma.api.views import KernelViewSet
from qualiforma.tenants.context import current_tenant
from qualiforma.tenants.models import Tenant


class TenantOutput(Output[Tenant]):
    example = {
        "id": "tnt_8f3b21",
        "slug": "qualiforma-demo",
        "name": "QualiForma Démonstration",
        "plan": "standard",
        "branding": {},
        "features": {},
    }
    branding = serializers.DictField(child=serializers.JSONField())
    features = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Tenant
        fields = ("id", "slug", "name", "plan", "branding", "features")


class CurrentTenantView(KernelViewSet[Tenant]):
    permissions = {"retrieve": anybody}

    @extend_schema(
        operation_id="getCurrentTenant",
        tags=["Tenants"],
        summary="Organisme courant",
        responses=TenantOutput,
    )
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(TenantOutput(current_tenant()).data)
