import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from qualiforma.admin.form_fields import choice_field
from qualiforma.admin.records import actor_of
from qualiforma.admin.site import site
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError
from qualiforma.training import services
from qualiforma.training.admin.base import (
    ENROLLMENT_BADGES,
    SHOWN,
    EvidenceAdmin,
    ExpectedVersionForm,
    TrainingAdmin,
    chosen,
    day,
)
from qualiforma.training.models import Certificate, Enrollment
from qualiforma.training.states import ENROLLMENT_MOVES, EnrollmentStatus

NEW_FIELDS = (
    *("course", "user", "company", "payment_method", "payment_id"),
    *("enrolled_at", "expires_at"),
)
CHANGED_FIELDS = (
    *("company", "status", "completed_at"),
    *("payment_method", "payment_id", "expires_at"),
)


class EnrollmentForm(ExpectedVersionForm):
    """Its status offers the legal moves from the current one."""

    class Meta:
        model = Enrollment
        fields = (*NEW_FIELDS, "status", "completed_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            current = EnrollmentStatus(self.instance.status)
            possible = {current, *ENROLLMENT_MOVES[current]}
            choice_field(self, "status").choices = [
                (one.value, one.label) for one in EnrollmentStatus if one in possible
            ]


# As certificates are numbered.
NUMBER = re.compile(r"([0-9]{4})-([0-9]{1,9})", re.ASCII)


def numbered(term: str, path: str = "") -> Q:
    """Return what finds the certificate of this number; nothing for another text."""
    number = NUMBER.fullmatch(term)
    if number is None:
        return Q(pk=term)
    return Q(**{f"{path}year": int(number[1]), f"{path}rank": int(number[2])})


@admin.register(Enrollment, site=site)
class EnrollmentAdmin(TrainingAdmin):
    form = EnrollmentForm
    empty_text = _(
        "Chaque inscription ouvrira ici le dossier d’un apprenant. Inscrivez quelqu’un, ou "
        "importez une liste."
    )
    list_display = ("learner", "course", "company", "state", "since")
    list_display_links = ("learner",)
    list_filter = ("status", chosen("course"), chosen("company"), chosen("user"), "payment_method")
    list_select_related = ("user", "course", "company")
    search_fields = ("user__name", "user__email", "course__title", "company__name")
    search_help_text = _("Apprenant, formation, entreprise ou numéro d’attestation")
    autocomplete_fields = ("course", "user", "company")
    change_form_outer_before_template = "training/enrollment_before.html"
    change_form_outer_after_template = "training/enrollment_after.html"
    entered = (
        "course",
        "user",
        "company",
        ("payment_method", "payment_id"),
        "enrolled_at",
        "expires_at",
    )
    shown = (
        *("course", "user", "company"),
        ("enrolled_at", "created_by"),
        *("status", "completed_at"),
        ("payment_method", "payment_id"),
        "expires_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "course", "company")

    def named_by(self, term: str) -> Q:
        return numbered(term, "certificate__")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who learns what, since when and by whom stays; another course is another enrollment."""
        return ("course", "user", "enrolled_at", "created_by") if obj else ()

    @display(description=_("Apprenant"), ordering="user__name")
    def learner(self, enrollment: Enrollment) -> str:
        return str(enrollment.user)

    @display(description=_("Statut"), ordering="status", label=ENROLLMENT_BADGES)
    def state(self, enrollment: Enrollment) -> tuple[str, str]:
        return enrollment.status, enrollment.get_status_display()

    @display(description=_("Inscrit le"), ordering="enrolled_at")
    def since(self, enrollment: Enrollment) -> str:
        return day(enrollment.enrolled_at)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        certificate = Certificate.objects.filter(enrollment=row).first()
        is_due = row.status == EnrollmentStatus.COMPLETED and certificate is None
        signatures = row.signatures.filter(replaced_by=None).select_related("session")
        return {
            **super().page_context(request, row),
            "badge": ENROLLMENT_BADGES[EnrollmentStatus(row.status)],
            "certificate": certificate,
            "may_certify": is_due and self.has_write_permission(request),
            "attendances": row.attendances.select_related("session").order_by(
                "session__starts_at", "id"
            )[:SHOWN],
            "signatures": signatures.order_by("signed_at", "id")[:SHOWN],
            "submissions": row.submissions.select_related("questionnaire").order_by(
                "submitted_at", "id"
            )[:SHOWN],
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            changes, expected_version = form.given(*CHANGED_FIELDS), form.expected_versions
            services.change_enrollment(
                enrollment=obj, changes=changes, actor=actor, expected_versions=expected_version
            )
        else:
            draft = services.EnrollmentDraft(**{name: form.value_of(name) for name in NEW_FIELDS})
            obj.pk = services.create_enrollment(draft=draft, actor=actor).pk

    # --- The certificate
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.certificate_view)
        name = "training_enrollment_certify"
        return [path("<path:object_id>/certificate/", view, name=name), *super().get_urls()]

    def certificate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what issuing means; issue on POST."""
        enrollment = self.get_object(request, unquote(object_id))
        if enrollment is None:
            raise Http404
        self.require_write(request)
        refusal = self._issue(request, enrollment) if request.method == "POST" else None
        if request.method == "POST" and refusal is None:
            page = reverse("admin:training_enrollment_change", args=[quote(enrollment.pk)])
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Délivrer l’attestation"),
            "enrollment": enrollment,
            "refusal": refusal,
        }
        status = page_status_of(refusal) if refusal else 200
        return TemplateResponse(request, "training/certify.html", context, status=status)

    @staticmethod
    def _issue(request: HttpRequest, enrollment: Any) -> RuleError | None:
        try:
            with transaction.atomic():
                certificate = services.issue_certificate(
                    enrollment=enrollment,
                    draft=services.CertificateDraft(),
                    actor=actor_of(request),
                )
        except RuleError as refusal:
            return refusal
        told = _("Attestation %(number)s délivrée.") % {"number": certificate.number}
        messages.success(request, told)
        return None


@admin.register(Certificate, site=site)
class CertificateAdmin(EvidenceAdmin):
    """The register of certificates; each is issued on its enrollment's page."""

    empty_text = _(
        "Les attestations délivrées seront listées ici, dans l’ordre de leurs numéros. Elles se "
        "délivrent sur la page d’une inscription terminée."
    )
    list_display = ("number_shown", "learner", "course", "issued")
    list_filter = ("year", chosen("enrollment__course"))
    list_select_related = ("enrollment__user", "enrollment__course")
    search_fields = (
        *("enrollment__user__name", "enrollment__course__title"),
        "enrollment__company__name",
    )
    search_help_text = _("Numéro, apprenant, formation ou entreprise")
    order = ("-year", "-rank")
    change_form_outer_before_template = "training/certificate_before.html"
    shown = ("number_shown", "enrollment", "issued_at", "issued_by")
    readonly_fields = ("number_shown",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def named_by(self, term: str) -> Q:
        return numbered(term)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("enrollment__user", "enrollment__course", "issued_by")

    @display(description=_("Numéro"), ordering="rank")
    def number_shown(self, certificate: Certificate) -> str:
        return certificate.number

    @display(description=_("Apprenant"))
    def learner(self, certificate: Certificate) -> str:
        return str(certificate.enrollment.user)

    @display(description=_("Formation"))
    def course(self, certificate: Certificate) -> str:
        return str(certificate.enrollment.course)

    @display(description=_("Délivrée le"), ordering="issued_at")
    def issued(self, certificate: Certificate) -> str:
        return day(certificate.issued_at)
