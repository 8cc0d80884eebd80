"""What is done to a piece of evidence on its pages: a new file, a review, a withdrawal."""

from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance import policies, services
from compliance.admin.evidence_forms import ReviewForm, VersionForm, WithdrawalForm
from compliance.models import Evidence
from compliance.states import ReviewVerdict
from qualiforma.admin.asking import Question, RecordPages
from qualiforma.admin.records import actor_of
from qualiforma.filelinks import file_link
from qualiforma.uploads import Upload


class EvidenceActions(RecordPages):
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
        found = self.record_of(request, object_id, writing=True)
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

        question = Question(
            title=_("Déposer un nouveau fichier"),
            consequence=_("Les fichiers précédents restent."),
            icon="upload_file",
            done=_("Le fichier est déposé."),
            run=run,
            form=form,
        )
        return self.ask(request, found, question)

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whether it still holds."""
        found = self.record_of(request, object_id, writing=True)
        form = ReviewForm(request.POST if request.method == "POST" else None)
        question = Question(
            title=_("Revoir la preuve"),
            consequence=_("La revue est conservée avec sa date et votre nom."),
            icon="fact_check",
            done=_("La revue est enregistrée."),
            run=lambda: services.review_evidence(
                evidence=found,
                verdict=ReviewVerdict(form.cleaned_data["verdict"]),
                comment=form.cleaned_data["comment"],
                actor=actor_of(request),
            ),
            form=form,
        )
        return self.ask(request, found, question)

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Withdraw it for good."""
        found = self.record_of(request, object_id, writing=True)
        form = WithdrawalForm(request.POST if request.method == "POST" else None)
        question = Question(
            title=_("Retirer la preuve"),
            consequence=_("Elle reste au registre avec le motif et ne change plus."),
            icon="delete",
            done=_("La preuve est retirée."),
            run=lambda: services.withdraw_evidence(
                evidence=found,
                withdrawal_reason=form.cleaned_data["reason"],
                actor=actor_of(request),
            ),
            form=form,
            is_grave=True,
        )
        return self.ask(request, found, question)

    def version_view(self, request: HttpRequest, object_id: str, version_id: str) -> HttpResponse:
        """Lead to the file, by a signed link that lives for a quarter of an hour."""
        found = self.record_of(request, object_id)
        version = found.versions.filter(pk=version_id).first()
        if version is None:
            raise Http404
        if not policies.can_read_evidence_contents(actor_of(request), found):
            raise PermissionDenied
        return HttpResponseRedirect(urlsplit(file_link(version.key, version.name)).path)
