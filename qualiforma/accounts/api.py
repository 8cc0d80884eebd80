"""`POST /auth/login` and `GET /auth/me`."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts import services, tokens
from qualiforma.accounts.models import User
from qualiforma.accounts.policies import anybody
from qualiforma.api.responses import Enveloped
from qualiforma.api.serializers import Input, InstantField, Output, Text
from qualiforma.api.views import KernelViewSet
from qualiforma.tenants.context import current_tenant


class LoginInput(Input):
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)


class TokensOutput(Input):
    access_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


class TenantReference(Input):
    id = serializers.CharField()
    slug = serializers.CharField()


class MeOutput(Output[User]):
    tenant = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "tenant")

    @extend_schema_field(TenantReference)
    def get_tenant(self, user: User) -> dict[str, Any]:
        return dict(TenantReference(current_tenant()).data)


class LoginView(KernelViewSet[User]):
    authentication_classes = ()
    permissions = {"create": None}

    @extend_schema(
        operation_id="login",
        tags=["Auth"],
        summary="Ouvrir une session",
        request=LoginInput,
        responses=TokensOutput,
        auth=[],
        examples=[
            OpenApiExample(
                "login",
                value={"email": "admin@qualiforma.fr", "password": "********"},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        credentials = self.validated(LoginInput)
        user = services.authenticate(**credentials)
        data = {
            "access_token": tokens.new_access_token(user, current_tenant()),
            "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        }
        meta = {
            "timestamp": InstantField().to_representation(timezone.now()),
            "requestId": self.request_id,
        }
        return Enveloped(TokensOutput(data).data, meta=meta)


class MeView(KernelViewSet[User]):
    permissions = {"retrieve": anybody}

    @extend_schema(
        operation_id="getMe", tags=["Auth"], summary="Utilisateur courant", responses=MeOutput
    )
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(MeOutput(self.user).data)
