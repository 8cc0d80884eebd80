from typing import Any

import django_filters
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts import policies, services
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.api.filters import EnumFilter, FlagFilter
from qualiforma.api.serializers import Choice, Flag, Input, Output, Text
from qualiforma.api.views import KernelViewSet

USER_ID = OpenApiParameter("user_id", str, OpenApiParameter.PATH, description="usr_lead02")
INVITATION = {"email": "lea.moreau@exemple.fr", "name": "Léa Moreau", "role": "TRAINER"}


class Email(Text):
    """An address, kept in lower case; the service judges its form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


class UserInput(Input):
    email = Email()
    name = Text(max_length=200)
    role = Choice(Role)


class UserChanges(Input):
    email = Email(required=False)
    name = Text(max_length=200, required=False)
    role = Choice(Role, required=False)
    active = Flag(source="is_active", required=False)


class UserOutput(Output[User]):
    example = {
        "id": "usr_lead02",
        "email": "lea.moreau@exemple.fr",
        "name": "Léa Moreau",
        "role": "TRAINER",
        "active": True,
        "createdAt": "2026-04-12T10:00:00Z",
    }
    active = serializers.BooleanField(source="is_active")

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "active", "created_at")


class UserFilter(django_filters.FilterSet):
    role = EnumFilter(enum=Role)
    active = FlagFilter(field_name="is_active")

    class Meta:
        model = User
        fields = ("role", "active")


class UserViewSet(KernelViewSet[User]):
    queryset = User.objects.order_by("-created_at", "-id")
    lookup_url_kwarg = "user_id"
    serializer_class = UserOutput
    filterset_class = UserFilter
    etags = True
    permissions = {
        "list": policies.can_read_users,
        "retrieve": policies.can_read_users,
        "create": policies.can_manage_users,
        "partial_update": policies.can_manage_users,
        "invite": policies.can_manage_users,
    }
    refusals = {
        "partial_update": (services.LastAdminError,),
        "invite": (services.AlreadyActiveError,),
    }

    @extend_schema(
        operation_id="listUsers",
        tags=["Users"],
        summary="Lister les utilisateurs",
        responses=UserOutput(many=True),
    )
    def list(self, request: Request) -> Response:
        return self.paged(UserOutput)

    @extend_schema(
        operation_id="getUser",
        tags=["Users"],
        summary="Détail d’un utilisateur",
        parameters=[USER_ID],
        responses=UserOutput,
    )
    def retrieve(self, request: Request, user_id: str) -> Response:
        user = self.get_object()
        return self.tagged(UserOutput(user).data, user.version)

    @extend_schema(
        operation_id="createUser",
        tags=["Users"],
        summary="Inviter un utilisateur",
        description="Un lien pour choisir son mot de passe lui est envoyé, valable sept jours.",
        request=UserInput,
        responses={201: UserOutput},
        examples=[OpenApiExample("invite", value=INVITATION, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        user = services.invite_user(**self.validated(UserInput), actor=self.actor)
        return self.tagged(UserOutput(user).data, user.version, status=201)

    @extend_schema(
        operation_id="updateUser",
        tags=["Users"],
        summary="Modifier un utilisateur",
        parameters=[USER_ID],
        request=UserChanges,
        responses=UserOutput,
        examples=[OpenApiExample("deactivate", value={"active": False}, request_only=True)],
    )
    def partial_update(self, request: Request, user_id: str) -> Response:
        user = self.get_object()
        changes = self.validated(UserChanges)
        user = services.change_user(
            user=user, changes=changes, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.tagged(UserOutput(user).data, user.version)

    @extend_schema(
        operation_id="resendInvitation",
        tags=["Users"],
        summary="Renvoyer l’invitation",
        parameters=[USER_ID],
        request=None,
        responses={204: None},
    )
    def invite(self, request: Request, user_id: str) -> Response:
        services.resend_invitation(user=self.get_object(), actor=self.actor)
        return Response(status=204)
