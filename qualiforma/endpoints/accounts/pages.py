"""The page behind the links of invitation and reset mails."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from qualiforma.accounts.services import set_password_by_link
from qualiforma.accounts.services.passwords import user_of_link
from qualiforma.api.tenant_middleware import TenantRequest
from qualiforma.errors import InvalidFieldsError
from qualiforma.tenants.context import current_scope


class PasswordForm(forms.Form):
    """A new password, twice."""

    new_password = forms.CharField(
        label=_("Nouveau mot de passe"),
        strip=False,
        help_text=_("12 caractères au moins."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=_("Confirmez le mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        first, second = self.cleaned_data.get("new_password"), self.cleaned_data.get("again")
        if first and second and first != second:
            self.add_error("again", _("Les deux mots de passe ne sont pas identiques."))


@never_cache
def password_page(request: TenantRequest, token: str) -> HttpResponse:
    """Show the form, set the password; a dead link says so with status 404."""
    user = user_of_link(token, current_scope()) if request.link_is_alive else None
    if user is None:
        return render(request, "accounts/dead_link.html", status=404)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = form.cleaned_data["new_password"]
            set_password_by_link(token=token, new=new, scope=current_scope())
        except InvalidFieldsError as error:
            for refused in error.errors:
                form.add_error("new_password", str(refused.detail))
        else:
            return render(request, "accounts/password_set.html", {"user": user})
    context = {"form": form, "user": user}
    return render(request, "accounts/password.html", context, status=400 if form.errors else 200)
