from django.urls import path

from qualiforma.endpoints.accounts.passwords import PasswordResetViewSet, PasswordView
from qualiforma.endpoints.accounts.sessions import MeView, SessionViewSet
from qualiforma.endpoints.accounts.users import UserViewSet

# Also mounted for the platform's own staff, whose schema has the same tables.
session_urls = [
    path("auth/login", SessionViewSet.as_view({"post": "log_in"}), name="login"),
    path("auth/refresh", SessionViewSet.as_view({"post": "refresh"}), name="refresh"),
    path("auth/logout", SessionViewSet.as_view({"post": "log_out"}), name="logout"),
    path("auth/me", MeView.as_view({"get": "retrieve"}), name="me"),
    path("auth/password", PasswordView.as_view({"post": "create"}), name="password"),
    path(
        "auth/password-reset",
        PasswordResetViewSet.as_view({"post": "request_link"}),
        name="password-reset",
    ),
    path(
        "auth/password-reset/confirm",
        PasswordResetViewSet.as_view({"post": "confirm"}),
        name="password-reset-confirm",
    ),
]

urlpatterns = [
    *session_urls,
    path("users", UserViewSet.as_view({"get": "list", "post": "create"}), name="user-list"),
    path(
        "users/<id:user_id>",
        UserViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="user-detail",
    ),
    path(
        "users/<id:user_id>/invitation",
        UserViewSet.as_view({"post": "invite"}),
        name="user-invitation",
    ),
]
