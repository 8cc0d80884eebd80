"""« Mot de passe oublié » : the person who types an address gets the same answer, and perhaps a mail."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminEmailInputWidget

from qualiforma.accounts import services
from qualiforma.api.address import client_address
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.tenants.context import current_scope

_Base: Any = UnfoldAdminSite if TYPE_CHECKING else object


class ForgottenForm(forms.Form):
    """Whose password it is."""

    email = forms.EmailField(
        label=_("Adresse e-mail"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "username", "autofocus": True}),
    )


class ForgottenPassword(_Base):
    """Adds the page to a site, open to everybody."""

    def forgotten_urls(self) -> list[URLPattern]:
        """Return its address."""
        view = csrf_protect(never_cache(self.forgotten_view))
        return [path("password_forgotten/", view, name="password_forgotten")]

    def forgotten_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the address; send a link to whom has it, by the service."""
        form = ForgottenForm(request.POST if request.method == "POST" else None)
        status, is_sent = 200, False
        if form.is_valid():
            try:
                services.request_password_reset(
                    email=form.cleaned_data["email"],
                    scope=current_scope(),
                    address=client_address(request),
                )
                is_sent = True
            except RuleError as refusal:
                form.add_error(None, str(refusal.detail))
                status = page_status_of(refusal)
        context = {
            **self.each_context(request),
            "title": _("Mot de passe oublié"),
            "logo": self.logo_address(),
            "form": form,
            "is_sent": is_sent,
        }
        request.current_app = self.name
        return TemplateResponse(
            request, "backoffice/password_forgotten.html", context, status=status
        )
