"""Evidence that is in the register already, linked to a record from its page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from compliance import policies, services
from compliance.models import Evidence
from compliance.models.evidence import SEARCHED_EVIDENCE
from compliance.states import EvidenceStatus
from qualiforma.accounts.actor import Actor
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.record_types import RecordType, record_types
from qualiforma.search import matching

SHOWN = 50
WORDS_MAX = 200


def _record_of(request: HttpRequest, actor: Actor) -> tuple[RecordType, Any]:
    """Return the record that the address names. Errors: `Http404` for none that the actor sees."""
    known = record_types.get(request.GET.get("record_type", ""))
    key = request.GET.get("record_id", "").replace("\0", "")
    record = known.named([key], actor).first() if known else None
    if known is None or record is None:
        raise Http404
    return known, record


def _free(actor: Actor) -> QuerySet[Evidence]:
    """Return the active evidence that is linked to no record."""
    rows: QuerySet[Evidence] = Evidence.objects.visible_to(actor)
    return rows.filter(record_id="", status=EvidenceStatus.ACTIVE)


@site.page("compliance/link-evidence/", "evidence_link")
def link_view(request: HttpRequest) -> HttpResponse:
    """Show evidence without a record, by words; a POST links the chosen one."""
    actor = actor_of(request)
    if not policies.can_manage_evidence(actor):
        raise PermissionDenied
    known, record = _record_of(request, actor)
    refusal = None
    if request.method == "POST":
        chosen = get_object_or_404(
            _free(actor), pk=request.POST.get("evidence", "").replace("\0", "")
        )
        try:
            with transaction.atomic():
                services.change_evidence(
                    evidence=chosen,
                    changes={"record_type": known.name, "record_id": record.pk},
                    actor=actor,
                    expected_versions=(chosen.version,),
                )
        except RuleError as error:
            refusal = error
        else:
            query = urlencode({"record_type": known.name, "record_id": record.pk})
            undo = f"{reverse('admin:evidence_unlink', args=[chosen.pk])}?{query}"
            text = _("La preuve « %s » est rattachée.") % chosen.title
            messages.success(request, text, extra_tags=undo)
            return HttpResponseRedirect(known.page(record.pk))
    return _link_page(request, known, record, refusal)


def _link_page(
    request: HttpRequest, known: RecordType, record: Any, refusal: RuleError | None
) -> HttpResponse:
    """Show the evidence that can be linked."""
    words = request.GET.get("q", "").replace("\0", "")[:WORDS_MAX]
    found = matching(_free(actor_of(request)), words, *SEARCHED_EVIDENCE)
    rows = found.order_by("-created_at", "-id")[: SHOWN + 1]
    context = {
        **site.each_context(request),
        "title": _("Rattacher une preuve existante"),
        "record": record,
        "back": known.page(record.pk),
        "words": words,
        "kept": [("record_type", known.name), ("record_id", record.pk)],
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "refusal": refusal and refusal.detail,
    }
    status = page_status_of(refusal) if refusal else 200
    return TemplateResponse(request, "compliance/evidence_link.html", context, status=status)


@site.page("compliance/link-evidence/<str:key>/undo/", "evidence_unlink")
@require_POST
def unlink_view(request: HttpRequest, key: str) -> HttpResponse:
    """Take a link back that the address names."""
    actor = actor_of(request)
    if not policies.can_manage_evidence(actor):
        raise PermissionDenied
    known, record = _record_of(request, actor)
    linked = Evidence.objects.visible_to(actor).filter(record_type=known.name, record_id=record.pk)
    evidence = get_object_or_404(linked, pk=key)
    try:
        with transaction.atomic():
            services.change_evidence(
                evidence=evidence, changes={"record_type": "", "record_id": ""}, actor=actor
            )
    except RuleError as refusal:
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, _("La preuve « %s » n’est plus rattachée.") % evidence.title)
    return HttpResponseRedirect(known.page(record.pk))
