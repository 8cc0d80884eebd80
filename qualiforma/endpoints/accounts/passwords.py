from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts import services
from qualiforma.accounts.models import User
from qualiforma.accounts.policies import anybody
from qualiforma.api.address import client_address
from qualiforma.api.serializers import Input, Text
from qualiforma.api.views import KernelViewSet
from qualiforma.tenants.context import current_scope

NEW = "une phrase de passe bien longue"


class Secret(Text):
    """A password: taken as it is, blanks included."""

    def __init__(self) -> None:
        super().__init__(max_length=1024, trim_whitespace=False)


class PasswordInput(Input):
    current_password = Secret()
    new_password = Secret()


class ResetInput(Input):
    email = Text(max_length=254)


class ResetConfirmInput(Input):
    token = Text(max_length=1024)
    new_password = Secret()


class PasswordView(KernelViewSet[User]):
    permissions = {"create": anybody}

    @extend_schema(
        operation_id="changePassword",
        tags=["Auth"],
        summary="Changer son mot de passe",
        description="Tous les jetons de l’utilisateur cessent aussitôt de valoir.",
        request=PasswordInput,
        responses={204: None},
        examples=[
            OpenApiExample(
                "change",
                value={"currentPassword": "qualiforma-demo", "newPassword": NEW},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        fields = self.validated(PasswordInput)
        services.change_password(
            user=self.user,
            current=fields["current_password"],
            new=fields["new_password"],
            scope=current_scope(),
        )
        return Response(status=204)


class PasswordResetViewSet(KernelViewSet[User]):
    authentication_classes = ()
    permissions = {"request_link": None, "confirm": None}

    @extend_schema(
        operation_id="requestPasswordReset",
        tags=["Auth"],
        summary="Demander un lien de réinitialisation",
        description="La réponse est la même, que l’adresse soit connue ou non.",
        request=ResetInput,
        responses={204: None},
        auth=[],
        examples=[
            OpenApiExample("reset", value={"email": "lead@qualiforma.fr"}, request_only=True)
        ],
    )
    def request_link(self, request: Request) -> Response:
        email = self.validated(ResetInput)["email"]
        services.request_password_reset(
            email=email, scope=current_scope(), address=client_address(request)
        )
        return Response(status=204)

    @extend_schema(
        operation_id="confirmPasswordReset",
        tags=["Auth"],
        summary="Choisir un mot de passe avec le lien reçu",
        request=ResetConfirmInput,
        responses={204: None},
        auth=[],
        examples=[
            OpenApiExample(
                "confirm", value={"token": "eyJ0Ijoi….…", "newPassword": NEW}, request_only=True
            )
        ],
    )
    def confirm(self, request: Request) -> Response:
        fields = self.validated(ResetConfirmInput)
        services.set_password_by_link(
            token=fields["token"], new=fields["new_password"], scope=current_scope()
        )
        return Response(status=204)
