from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts import services
from qualiforma.accounts.models import User
from qualiforma.accounts.policies import anybody
from qualiforma.api.address import client_address
from qualiforma.api.responses import Enveloped
from qualiforma.api.serializers import Input, InstantField, Output, Text
from qualiforma.api.views import KernelViewSet
from qualiforma.browsers import CLEARED_AT_LOGOUT
from qualiforma.tenants.context import current_scope, tenant_or_none

REFRESHING = "qfr_Zk3v0b1r9xJ2uY7c5wQd8sLhTnEaMgPo4iVfBqXyRz0"


class LoginInput(Input):
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)


class RefreshInput(Input):
    refresh_token = Text(max_length=128)


class SessionOutput(Input):
    example = {
        "accessToken": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfYWRtaW4wMSJ9.c2lnbmF0dXJl",
        "refreshToken": REFRESHING,
        "expiresIn": 3600,
    }
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Secondes.")


class TenantReference(Input):
    id = serializers.CharField()
    slug = serializers.CharField()


class MeOutput(Output[User]):
    example = {
        "id": "usr_admin01",
        "email": "admin@qualiforma.fr",
        "name": "Camille Durand",
        "role": "ADMIN",
        "tenant": {"id": "tnt_8f3b21", "slug": "qualiforma-demo"},
    }
    tenant = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "tenant")

    @extend_schema_field(TenantReference(allow_null=True))
    def get_tenant(self, user: User) -> dict[str, Any] | None:
        tenant = tenant_or_none()
        return {"id": tenant.pk, "slug": tenant.slug} if tenant else None


def answer(view: KernelViewSet[Any], session: services.Session) -> Response:
    data = {
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
        "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    }
    meta = {
        "timestamp": InstantField().to_representation(timezone.now()),
        "requestId": view.request_id,
    }
    return Enveloped(SessionOutput(data).data, meta=meta)


class SessionViewSet(KernelViewSet[User]):
    """Login, refresh and logout: the person who holds the credentials may call."""

    authentication_classes = ()
    permissions = {"log_in": None, "refresh": None, "log_out": None}
    stamped = True

    @extend_schema(
        operation_id="login",
        tags=["Auth"],
        summary="Ouvrir une session",
        request=LoginInput,
        responses=SessionOutput,
        auth=[],
        examples=[
            OpenApiExample(
                "login",
                value={"email": "admin@qualiforma.fr", "password": "qualiforma-demo"},
                request_only=True,
            )
        ],
    )
    def log_in(self, request: Request) -> Response:
        credentials = self.validated(LoginInput)
        address = client_address(request)
        session = services.log_in(**credentials, scope=current_scope(), address=address)
        return answer(self, session)

    @extend_schema(
        operation_id="refreshSession",
        tags=["Auth"],
        summary="Renouveler les jetons",
        request=RefreshInput,
        responses=SessionOutput,
        auth=[],
        examples=[OpenApiExample("refresh", value={"refreshToken": REFRESHING}, request_only=True)],
    )
    def refresh(self, request: Request) -> Response:
        token = self.validated(RefreshInput)["refresh_token"]
        session = services.renew_session(refresh_token=token, scope=current_scope())
        return answer(self, session)

    @extend_schema(
        operation_id="logout",
        tags=["Auth"],
        summary="Fermer la session",
        request=RefreshInput,
        responses={204: None},
        auth=[],
        examples=[OpenApiExample("logout", value={"refreshToken": REFRESHING}, request_only=True)],
    )
    def log_out(self, request: Request) -> Response:
        services.close_session(refresh_token=self.validated(RefreshInput)["refresh_token"])
        return Response(status=204, headers=CLEARED_AT_LOGOUT)


class MeView(KernelViewSet[User]):
    permissions = {"retrieve": anybody}

    @extend_schema(
        operation_id="getMe", tags=["Auth"], summary="Utilisateur courant", responses=MeOutput
    )
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(MeOutput(self.user).data)
