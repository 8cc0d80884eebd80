"""Logging in with a SessionId, which this family alone takes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from actionplans import policies
from actionplans.api import examples
from actionplans.api.company import CompanyViewSet
from actionplans.api.docs import TAGS
from qualiforma.accounts import services
from qualiforma.accounts.models import CompanySession, User
from qualiforma.api.address import client_address
from qualiforma.api.serializers import Input, InstantField, Output, Text
from qualiforma.browsers import CLEARED_AT_LOGOUT
from qualiforma.tenants.context import current_scope


class CredentialsInput(Input):
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)


class SessionUser(Output[User]):
    class Meta:
        model = User
        fields = ("id", "name", "role", "email")


class Whoami(Input):
    example = examples.WHOAMI
    expires_at = InstantField(allow_null=True, help_text="null avec un jeton Bearer.")
    user = SessionUser()


class CompanySessionOutput(Input):
    example = examples.SESSION
    session_id = serializers.CharField()
    expires_at = InstantField()
    user = SessionUser()


class CompanySessionViewSet(CompanyViewSet[User]):
    idempotent = False  # a repeated login opens another session
    permissions = {
        "create": None,
        "retrieve": policies.can_use_action_plans,
        "destroy": policies.can_use_action_plans,
    }

    def get_authenticators(self) -> list[Any]:
        """A login ignores the credentials that a request still carries."""
        is_login = getattr(self.request, "method", "") == "POST"
        return [] if is_login else super().get_authenticators()

    @extend_schema(
        operation_id="openCompanySession",
        tags=TAGS,
        summary="Ouvrir une session",
        description="Rend l’identifiant à présenter dans l’en-tête `SessionId`, sous `/company` "
        "seulement. Réservé aux ADMIN et MANAGER.",
        request=CredentialsInput,
        responses={200: OpenApiResponse(CompanySessionOutput, "Session ouverte")},
        auth=[],
        examples=[OpenApiExample("session", value=examples.CREDENTIALS, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        session_id, session = services.open_company_session(
            **self.validated(CredentialsInput),
            scope=current_scope(),
            address=client_address(request),
            may_enter=policies.can_use_action_plans,
        )
        opened = {
            "session_id": session_id,
            "expires_at": session.expires_at,
            "user": session.user,
        }
        return self.answered(CompanySessionOutput(opened).data)

    @extend_schema(
        operation_id="getCompanySession",
        tags=TAGS,
        summary="Session courante",
        responses={200: OpenApiResponse(Whoami, "Session en cours")},
    )
    def retrieve(self, request: Request) -> Response:
        held = request.auth
        ends = held.expires_at if isinstance(held, CompanySession) else None
        return self.answered(Whoami({"expires_at": ends, "user": self.user}).data)

    @extend_schema(
        operation_id="closeCompanySession",
        tags=TAGS,
        summary="Fermer la session",
        responses={204: OpenApiResponse(None, "Session fermée")},
    )
    def destroy(self, request: Request) -> Response:
        if isinstance(request.auth, CompanySession):
            services.close_company_session(session=request.auth)
        return Response(status=204, headers=CLEARED_AT_LOGOUT)
