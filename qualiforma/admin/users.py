"""Users of an organisation, or of the platform: invited, changed, deactivated; never deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from qualiforma.accounts import policies, services
from qualiforma.accounts.models import SEARCHED_USERS, User
from qualiforma.admin import platform
from qualiforma.admin.records import RecordAdmin, RecordForm, actor_of
from qualiforma.admin.site import site


class UserForm(RecordForm):
    """Who somebody is. Passwords are chosen by their owners, through a link."""

    # The version that the page showed.
    expected_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "email", "role", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["expected_version"] = self.instance.version

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.strip().lower()

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)


@admin.register(User, site=site)
@admin.register(User, site=platform.site)
class UserAdmin(RecordAdmin):
    """The people who may log in."""

    may_read = policies.can_read_users
    may_write = policies.can_manage_users
    form = UserForm
    empty_text = _(
        "Les personnes qui se connectent seront listées ici. Invitez-en une, ou plusieurs "
        "depuis un fichier."
    )
    list_display = ("name", "email", "role", "state")
    list_filter = ("role", "is_active")
    search_fields = SEARCHED_USERS
    search_help_text = _("Nom ou adresse e-mail")
    actions = ("invite_again", "deactivate_each")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, ties by id."""
        return ("-created_at", "-id")

    @display(description=_("État"), label={"active": "success", "invited": "info", "off": ""})
    def state(self, user: User) -> tuple[str, Any]:
        """Return the state of the account."""
        if not user.is_active:
            return "off", _("Désactivé")
        return ("active", _("Actif")) if user.has_usable_password() else ("invited", _("Invité"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what a new user cannot be, and what who only reads need not send back."""
        if obj is None:
            return ((None, {"fields": ("name", "email", "role")}),)
        expected_version = ("expected_version",) if self.has_change_permission(request, obj) else ()
        return ((None, {"fields": ("name", "email", "role", "is_active", *expected_version)}),)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Invite, or change, by the services."""
        actor = actor_of(request)
        if change:
            names = ("name", "email", "role", "is_active")
            services.change_user(
                user=obj,
                changes=form.given(*names),
                actor=actor,
                expected_versions=form.expected_versions,
            )
        else:
            given = {name: form.cleaned_data[name] for name in ("name", "email", "role")}
            obj.pk = services.invite_user(**given, actor=actor).pk

    @admin.action(description=_("Renvoyer l’invitation"), permissions=["write"])
    def invite_again(self, request: HttpRequest, users: Any) -> None:
        """Send the link to each that has no password yet."""
        actor = actor_of(request)
        self.move_each(
            request, users, lambda user: services.resend_invitation(user=user, actor=actor)
        )

    @admin.action(description=_("Désactiver"), permissions=["write"])
    def deactivate_each(self, request: HttpRequest, users: Any) -> None:
        """End each one's sessions and tokens; what they did keeps naming them."""
        actor = actor_of(request)
        self.move_each(
            request,
            users,
            lambda user: services.change_user(user=user, changes={"is_active": False}, actor=actor),
        )
