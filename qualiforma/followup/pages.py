"""Pages of one's own work, under `/admin/me/`: for the person who has an account, on a phone first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.actor import Actor
from qualiforma.admin.asking import DONE, submit
from qualiforma.admin.panels import register_home
from qualiforma.admin.policies import can_enter
from qualiforma.admin.readable import ReadableForm
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.followup.proofs import keeper
from qualiforma.followup.reminders import DateList, Thing
from qualiforma.followup.reminders import sources as kinds
from qualiforma.followup.services import report_work
from qualiforma.followup.work import Due, Item, WorkList, find, sources
from qualiforma.uploads import KINDS, Upload

PER_PAGE = 50
TEXT_MAX = 2000
PAGES_MAX = 10_000
# Of what was given before.
SHOWN = 20


class ReportForm(ReadableForm, forms.Form):
    """What was done, and the file that shows it. The button says what becomes of the work."""

    text = forms.CharField(
        label=_("Ce qui a été fait"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = forms.FileField(
        label=_("Photo ou document"),
        required=False,
        allow_empty_file=True,
        help_text=_("PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus."),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f".{one}" for kind in KINDS for one in kind.extensions)}
        ),
    )
    target = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, item: Item, may_keep: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        source = sources[item.source]
        takes_reason = any(map(source.takes_reason, item.moves))
        self.is_reason_alone = takes_reason and not may_keep and not source.has_log
        if takes_reason:
            self.fields["text"].help_text = _("Pour une annulation : son motif.")
        if self.is_reason_alone:
            self.fields["text"].label = _("Motif de l’annulation")
            self.fields["text"].help_text = ""
        if not may_keep:
            del self.fields["file"]
            if not source.has_log and not takes_reason:
                del self.fields["text"]

    def clean(self) -> None:
        given = self.cleaned_data
        target = given.get("target", "")
        if target and target not in self.item.moves:
            self.add_error(None, _("Ce changement n’est plus possible : voici où en est l’action."))
        is_reason = target and sources[self.item.source].takes_reason(target)
        if self.is_reason_alone and given.get("text") and not is_reason:
            self.add_error("text", _("Ce texte n’est utile que pour une annulation."))
        if not any(given.get(name) for name in ("text", "file", "target")) and not self.errors:
            self.add_error(None, _("Dites ce qui a été fait, ou joignez un fichier."))

    @property
    def upload(self) -> Upload | None:
        """The file as services take it."""
        sent = self.cleaned_data.get("file")
        return Upload(name=sent.name, size=sent.size, file=sent.file) if sent else None


@site.own_page("me/", name="me", is_home=True)
def my_work(request: HttpRequest) -> HttpResponse:
    """Show what is to be done, the most urgent first, then other dates. Cost: three statements."""
    work = WorkList(actor_of(request))
    total, page = work.count(), _page_number(request)
    items = work[(page - 1) * PER_PAGE : page * PER_PAGE]
    groups = [(due, [one for one in items if one.due == due]) for due in Due]
    context = {
        "groups": [(due.label, rows) for due, rows in groups if rows],
        "dates": _dates(request) if page == 1 else [],
        "before": page - 1,
        "after": page + 1 if page * PER_PAGE < total else 0,
    }
    return shown(request, "followup/work.html", _("Mes actions"), context)


def _dates(request: HttpRequest) -> list[tuple[Thing, str, int]]:
    """Return what else is one's own to see to: each thing, its page for who may open it, days late."""
    actor, today = actor_of(request), timezone.localdate()
    opens = can_enter(actor)
    return [
        (
            one,
            kinds[one.source].address(one.id) if opens else "",
            max((today - one.due).days, 0),
        )
        for one in DateList(actor, today)[:PER_PAGE]
    ]


@site.own_page("me/<slug:source>/<id:item_id>/", name="me_item")
def my_item(request: HttpRequest, source: str, item_id: str) -> HttpResponse:
    """Show one action; take what was done, the file that shows it and the move that was chosen."""
    actor = actor_of(request)
    item = find(actor, source, item_id)
    if item is None:
        raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReportForm(*sent, item=item, may_keep=keeper().may_keep(actor))
    status = submit(form, lambda: _report(form, item, actor))
    if status == DONE:
        messages.success(request, _said(form))
        return HttpResponseRedirect(home_path() if form.cleaned_data["target"] else item_path(item))
    known = keeper().rows(sources[item.source].record_type, [item.id], actor)[:SHOWN]
    context = {"item": item, "form": form, "kept": known}
    return shown(request, "followup/item.html", item.title, context, status)


def _report(form: ReportForm, item: Item, actor: Actor) -> None:
    given = form.cleaned_data
    report_work(
        item=item,
        actor=actor,
        target=given["target"],
        text=given.get("text", ""),
        upload=form.upload,
    )


def _said(form: ReportForm) -> str:
    target = form.cleaned_data["target"]
    if not target:
        return str(_("C’est noté."))
    label = sources[form.item.source].states(target).label
    return str(_("C’est noté : « %s ».") % label)


def home_path() -> str:
    """Return the path of the list."""
    return reverse("admin:me")


def item_path(item: Item) -> str:
    """Return the path of the page of one action."""
    return reverse("admin:me_item", args=[item.source, item.id])


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    is_number = given.isascii() and given.isdigit()
    # As many digits as `PAGES_MAX` has say enough of any number.
    return min(max(int(given.lstrip("0")[:5] or 0), 1), PAGES_MAX) if is_number else 1


def shown(
    request: HttpRequest, template: str, title: Any, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Show one of these pages."""
    actor = actor_of(request)
    whole = {**context, "title": title, "actor": actor, "may_enter": can_enter(actor)}
    return render(request, template, whole, status=status)


@register_home
def own_work_panel(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Say on the home page how much of one's own is late. Cost: one statement."""
    total, late = WorkList(actor_of(request)).count_with_late()
    return "followup/home_panel.html", {"total": total, "late": late}
