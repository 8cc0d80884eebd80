"""The page on which a person chooses their reminders, and the one behind a mail's link."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.tenant_middleware import TenantRequest
from qualiforma.followup import preferences
from qualiforma.followup.digests import read_settings
from qualiforma.followup.links import user_of_link
from qualiforma.followup.models import Language, ReminderPreference
from qualiforma.followup.pages import shown
from qualiforma.followup.reminders import LEAD_DAYS, LEAD_MAX, DueKind, sources


class RemindersForm(forms.Form):
    """Whether, how early and of what."""

    is_on = forms.BooleanField(label=_("Recevoir des rappels par e-mail"), required=False)
    lead_days = forms.IntegerField(
        label=_("Jours d’avance"), min_value=LEAD_DAYS, max_value=LEAD_MAX, required=False
    )
    told = forms.MultipleChoiceField(
        label=_("Me rappeler"), required=False, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Langue des e-mails"), choices=Language.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told: Any = self.fields["told"]
        told.choices = [(one, one.label) for one in DueKind if one in sources]
        self.fields["lead_days"].help_text = _("De %(least)d à %(most)d.") % {
            "least": LEAD_DAYS,
            "most": LEAD_MAX,
        }

    def changes(self) -> dict[str, Any]:
        """Return what was chosen, as services take it."""
        given = dict(self.cleaned_data)
        told = given.pop("told")
        return given | {"muted": [one for one in sources if one not in told]}


class SettingsForm(RemindersForm):
    """The same for the organisation, where mails have each reader's language."""

    lead_days = forms.IntegerField(
        label=_("Jours d’avance"), min_value=LEAD_DAYS, max_value=LEAD_MAX
    )
    language = None  # type: ignore[assignment]  # how Django drops a field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_on"].label = _("Envoyer des rappels par e-mail")
        self.fields["told"].label = _("Rappeler")


def _initial(row: Any) -> dict[str, Any]:
    told = [one.value for one in sources if one not in row.muted]
    fields = {name: getattr(row, name, None) for name in ("is_on", "lead_days", "language")}
    return fields | {"told": told}


@site.own_page("me/reminders/", name="me_reminders")
def my_reminders(request: HttpRequest) -> HttpResponse:
    """Show and change one's own reminders, and for ADMIN those of the organisation."""
    actor = actor_of(request)
    own = ReminderPreference.objects.filter(user=actor.id).first()
    is_all = "all" in request.POST and preferences.can_set_for_all(actor)
    sent = request.POST if request.method == "POST" else None
    form = RemindersForm(
        None if is_all else sent,
        initial=_initial(own or ReminderPreference(user_id=actor.id)),
        prefix="own",
    )
    for_all = SettingsForm(
        sent if is_all else None, initial=_initial(read_settings()), prefix="all"
    )
    chosen = for_all if is_all else form
    if chosen.is_valid():
        change = preferences.change_settings if is_all else preferences.change_preference
        change(changes=chosen.changes(), actor=actor)
        messages.success(request, str(_("Vos choix sont enregistrés.")))
        return HttpResponseRedirect(reverse("admin:me_reminders"))
    context = {
        "form": form,
        "for_all": for_all if preferences.can_set_for_all(actor) else None,
        "has_legal": actor.role == Role.ADMIN and any(one.is_legal for one in sources.values()),
    }
    status = 400 if chosen.errors else 200
    return shown(request, "followup/reminders.html", _("Mes rappels"), context, status)


@csrf_exempt
@never_cache
def unsubscribe_page(request: TenantRequest, token: str) -> HttpResponse:
    """Ask before reminders end, end them on POST: a mail program posts without having been here."""
    user: User | None = user_of_link(token) if request.link_is_alive else None
    if user is None:
        return render(request, "followup/dead_link.html", status=404)
    if request.method == "POST":
        preferences.unsubscribe(user=user)
    context = {"user": user, "is_done": request.method == "POST"}
    return render(request, "followup/unsubscribe.html", context)
