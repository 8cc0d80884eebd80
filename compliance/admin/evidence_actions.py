"""What is done to a piece of evidence on its pages: a new file, a review, a withdrawal."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance import policies, services
from compliance.admin.evidence_forms import ReviewForm, VersionForm, WithdrawalForm
from compliance.models import Evidence
from compliance.states import ReviewVerdict
from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.admin.records import RecordAdmin, actor_of
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.filelinks import file_link
from qualiforma.uploads import Upload

_Base: Any = RecordAdmin if TYPE_CHECKING else object


class EvidenceActions(_Base):
    """Addresses below that of a piece of evidence."""

    @staticmethod
    def version_form(found: Evidence) -> VersionForm:
        until = None if found.is_expired(timezone.localdate()) else found.valid_until
        return VersionForm(initial={"valid_until": until})

    def get_urls(self) -> list[URLPattern]:
        views = {
            "versions": ("versions/", self.versions_view),
            "version": ("versions/<slug:version_id>/", self.version_view),
            "review": ("review/", self.review_view),
            "withdraw": ("withdraw/", self.withdraw_view),
        }
        own = [
            path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(view),
                name=f"evidence_{name}",
            )
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Add a file: a new version."""
        found = self._found(request, object_id)
        form = self.version_form(found)
        if request.method == "POST":
            form = VersionForm(request.POST, request.FILES)

        def run() -> object:
            sent = form.cleaned_data["file"]
            return services.add_evidence_version(
                evidence=found,
                upload=Upload(
                    sent.name,
                    sent.size,
                    sent.file,
                    form.cleaned_data["free_of_personal_data"],
                ),
                note=form.cleaned_data["note"],
                validity=form.validity(),
                actor=actor_of(request),
            )

        words = (_("Déposer un nouveau fichier"), _("Les fichiers précédents restent."))
        return self._act(
            request, found, (form, run), words, ("upload_file", _("Le fichier est déposé."))
        )

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whether it still holds."""
        found = self._found(request, object_id)
        form = ReviewForm(request.POST if request.method == "POST" else None)

        def run() -> object:
            return services.review_evidence(
                evidence=found,
                verdict=ReviewVerdict(form.cleaned_data["verdict"]),
                comment=form.cleaned_data["comment"],
                actor=actor_of(request),
            )

        words = (_("Revoir la preuve"), _("La revue est conservée avec sa date et votre nom."))
        return self._act(
            request, found, (form, run), words, ("fact_check", _("La revue est enregistrée."))
        )

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Withdraw it for good."""
        found = self._found(request, object_id)
        form = WithdrawalForm(request.POST if request.method == "POST" else None)

        def run() -> object:
            reason = form.cleaned_data["reason"]
            return services.withdraw_evidence(
                evidence=found, withdrawal_reason=reason, actor=actor_of(request)
            )

        words = (
            _("Retirer la preuve"),
            _("Elle reste au registre avec le motif et ne change plus."),
        )
        return self._act(
            request, found, (form, run), words, ("delete", _("La preuve est retirée."))
        )

    def version_view(self, request: HttpRequest, object_id: str, version_id: str) -> HttpResponse:
        """Lead to the file, by a signed link that lives for a quarter of an hour."""
        found: Evidence | None = self.get_object(request, unquote(object_id))
        version = found.versions.filter(pk=version_id).first() if found else None
        if found is None or version is None:
            raise Http404
        if not policies.can_read_evidence_contents(actor_of(request), found):
            raise PermissionDenied
        return HttpResponseRedirect(urlsplit(file_link(version.key, version.name)).path)

    def _found(self, request: HttpRequest, object_id: str) -> Evidence:
        found: Evidence | None = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        self.require_write(request)
        return found

    def _act(
        self,
        request: HttpRequest,
        found: Evidence,
        move: tuple[Any, Callable[[], object]],
        words: tuple[Any, Any],
        result: tuple[str, Any],
    ) -> HttpResponse:
        """Ask, do it on POST, and say so; or show what the service refused."""
        form, run = move
        icon, done = result
        page = reverse("admin:compliance_evidence_change", args=[quote(found.pk)])
        status = 200 if request.method != "POST" else 400
        if form.is_valid():
            try:
                with transaction.atomic():
                    run()
            except RuleError as refusal:
                add_errors_to_form(form, refusal)
                status = page_status_of(refusal)
            else:
                messages.success(request, str(done))
                return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "title": words[0],
            "consequence": words[1],
            "icon": icon,
            "evidence": found,
            "back": page,
            "media": self.media,
        }
        return TemplateResponse(request, "compliance/evidence_act.html", context, status=status)
