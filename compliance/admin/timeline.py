"""A training file as a page: its timeline drawn, its gaps marked in their places, printable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from compliance import policies
from compliance.documents.certificate import export_certificate
from compliance.documents.learner_file import export_learner_file
from compliance.states import GapReason
from compliance.timeline import Gap, Timeline, read_file
from compliance.timeline.files import with_facts
from compliance.timeline.readable import reader_of
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.responses import PdfFile
from qualiforma.timeline import Event, EventType, sources
from qualiforma.training.models import Certificate, Enrollment
from qualiforma.training.states import EnrollmentStatus

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

ICONS = {
    EventType.ENROLLMENT_CREATED: "person_add",
    EventType.NEEDS_ANALYSIS_COMPLETED: "assignment",
    EventType.PRE_QUESTIONNAIRE_COMPLETED: "quiz",
    EventType.INFORMATION_SENT: "send",
    EventType.SESSION_ATTENDED: "school",
    EventType.EMARGEMENT_SIGNED: "draw",
    EventType.POST_QUESTIONNAIRE_COMPLETED: "fact_check",
    EventType.CERTIFICATE_ISSUED: "workspace_premium",
    EventType.IMPROVEMENT_PLAN_CREATED: "trending_up",
    EventType.EFFECTIVENESS_CHECKED: "verified",
}
BADGES = {
    EnrollmentStatus.ACTIVE: "warning",
    EnrollmentStatus.COMPLETED: "success",
    EnrollmentStatus.SUSPENDED: "info",
    EnrollmentStatus.REVOKED: "",
}


@dataclass
class Entry:
    """One point of the line: an event, with what is wrong about it; or what is missing there."""

    type: EventType
    description: "StrOrPromise"
    date: "datetime | None" = None
    author: str = ""
    page: str = ""
    by_day: bool = False
    gaps: list[Gap] = field(default_factory=list)

    @property
    def icon(self) -> str:
        """Return the icon of an event."""
        return ICONS[self.type] if self.date else "error"


def drawn(file: Timeline) -> list[Entry]:
    """Return the points of the line: events in order, each gap where it belongs.

    A misplaced step is marked its current state; a missing one has a point of its own, after the
    session that it is about or before what it is expected before, else at the end.
    """
    readable = reader_of(file.events)
    entries = [_entry(event, readable) for event in file.events]
    sessions = [event["metadata"].get("sessionId") for event in file.events]
    holes: list[tuple[int, Entry]] = []
    for gap in file.gaps:
        place = _place(gap, entries, sessions)
        if gap.reason == GapReason.OUT_OF_ORDER and place < len(entries):
            entries[place].gaps.append(gap)
        else:
            holes.append((place, Entry(gap.type, gap.description, gaps=[gap])))
    # From the end, so that places stay; of one place the later step first.
    for place, hole in sorted(holes, key=lambda one: one[0])[::-1]:
        entries.insert(place, hole)
    return entries


def _entry(event: Event, readable: Callable[[object], str]) -> Entry:
    about, type_ = event["metadata"], EventType(event["type"])
    key, author = str(next(iter(about.values()), "")), about.get("author", "")
    source = sources[type_]
    page = source.record
    return Entry(
        type=type_,
        description=readable(event["description"]),
        date=parse_datetime(event["date"]),
        author="" if author in event["description"] else readable(author),
        page=reverse(f"admin:{page}_change", args=[quote(key)]) if page else "",
        by_day=source.by_day,
    )


def _place(gap: Gap, entries: list[Entry], sessions: list[str | None]) -> int:
    """Return the entry that a gap is about, or the one before which something is missing."""
    if gap.reason == GapReason.OUT_OF_ORDER:
        for rank, entry in enumerate(entries):
            if entry.type == gap.type and gap.session_id in {None, sessions[rank]}:
                return rank
    if gap.at is not None:
        at = parse_datetime(gap.at)
        later = [rank for rank, one in enumerate(entries) if one.date and at and one.date > at]
        return later[0] if later else len(entries)
    if gap.session_id is not None:
        return max((r + 1 for r, one in enumerate(sessions) if one == gap.session_id), default=0)
    before = [rank for rank, entry in enumerate(entries) if entry.type == gap.expected_before]
    return before[0] if before else len(entries)


def _file(request: HttpRequest, object_id: str) -> Any:
    """Return the enrollment, for who may read it. Errors: `PermissionDenied`, `Http404`."""
    actor = actor_of(request)
    if not policies.can_read_records(actor):
        raise PermissionDenied
    files = with_facts(Enrollment.objects.followed_by(actor))
    files = files.select_related("user", "course", "company")
    return get_object_or_404(files, pk=unquote(object_id))


@site.page("training/enrollment/<path:object_id>/timeline/file.pdf", "enrollment_timeline_pdf")
def timeline_pdf_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """Send the file of an enrollment as PDF."""
    if request.method != "GET":  # an entry of the trail is made
        raise PermissionDenied
    enrollment = _file(request, object_id)
    content = export_learner_file(enrollment=enrollment, actor=actor_of(request))
    return PdfFile(content, name=f"dossier-{enrollment.pk}.pdf")


@site.page("training/certificate/<path:object_id>/certificate.pdf", "certificate_pdf")
def certificate_pdf_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """Send a certificate as PDF, worded as the ministry's model."""
    actor = actor_of(request)
    if request.method != "GET" or not policies.can_read_records(actor):
        raise PermissionDenied
    certificates = Certificate.objects.filter(enrollment__in=Enrollment.objects.followed_by(actor))
    certificates = certificates.select_related(
        "enrollment__user", "enrollment__course", "enrollment__company"
    )
    certificate = get_object_or_404(certificates, pk=unquote(object_id))
    content = export_certificate(certificate=certificate, actor=actor)
    return PdfFile(content, name=f"certificat-{certificate.number}.pdf")


@site.page("training/enrollment/<path:object_id>/timeline/", "enrollment_timeline")
def timeline_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """The file of an enrollment. Cost: three statements, whatever is in it."""
    enrollment = _file(request, object_id)
    timeline = read_file(enrollment)
    context = {
        **site.each_context(request),
        "opts": Enrollment._meta,
        "title": _("Dossier de formation – %s") % enrollment.user.name,
        "file": enrollment,
        "badge": BADGES[EnrollmentStatus(enrollment.status)],
        "entries": drawn(timeline),
        "gaps": timeline.gaps,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "compliance/file.html", context)
