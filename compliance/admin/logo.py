"""The organisation's logo on its profile's page: the service behind a form."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance import policies, services
from compliance.models import OrganisationProfile
from compliance.services.logos import LOGO_MAX_BYTES
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.logo import Logo, address_of, finders
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.admin.uploads import FileInput, UploadField
from qualiforma.uploads import PICTURES, Upload


class LogoForm(forms.Form):
    """One picture."""

    file = UploadField(
        label=_("Choisir un logo"),
        widget=FileInput(PICTURES, LOGO_MAX_BYTES),
        help_text=_("PNG, JPEG ou WebP, 1 Mo au plus."),
    )


def find_organisation_logo() -> Logo | None:
    """Return what the login page shows; None without a logo. Cost: one statement."""
    profile = OrganisationProfile.objects.exclude(logo="").first()
    return Logo(profile.logo, profile.logo_sha256) if profile else None


finders.append(find_organisation_logo)


def logo_of(profile: OrganisationProfile) -> str:
    """Return the address of the profile's logo; nothing without one."""
    return address_of(Logo(profile.logo, profile.logo_sha256)) if profile.logo else ""


@site.page("compliance/organisation/logo/", "organisation_logo")
def logo_view(request: HttpRequest) -> HttpResponse:
    """Change the logo or remove it; what is refused is said at the file."""
    actor = actor_of(request)
    if not policies.can_change_organisation(actor):
        raise PermissionDenied
    is_sent = request.method == "POST"
    form = LogoForm(request.POST, request.FILES) if is_sent else LogoForm()
    if "remove" in request.POST:
        services.remove_logo(actor=actor)
        messages.success(request, str(_("Le logo est retiré.")))
        return HttpResponseRedirect(reverse("admin:organisation"))

    def run() -> object:
        sent = form.cleaned_data["file"]
        return services.change_logo(upload=Upload(sent.name, sent.size, sent.file), actor=actor)

    status = submit(form, run)
    if status == DONE:
        messages.success(request, str(_("Le logo est enregistré.")))
        return HttpResponseRedirect(reverse("admin:organisation"))
    context = {
        **site.each_context(request),
        "title": _("Votre logo"),
        "logo": logo_of(services.read_organisation()),
        "upload": form,
    }
    return TemplateResponse(request, "compliance/logo.html", context, status=status)
