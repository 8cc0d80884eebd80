"""Audit bundles by API: asked for, followed, downloaded. Source: evidence, "Audit bundle"."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id, described
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Flag,
    Id,
    Input,
    InstantField,
    Items,
    Text,
)
from qualiforma.api.views import KernelViewSet
from qualiforma.bundle.requests import (
    BUNDLE_EXPORT,
    MISSING_KEPT,
    RECIPIENT_MAX,
    may_export_bundle,
    request_bundle,
)
from qualiforma.bundle.scope import REASON_MAX, SAMPLE_MAX, Wish
from qualiforma.exports.models import ExportState, FileExport
from qualiforma.filelinks import file_link

ENROLLMENTS_MAX = 100
SEED_MAX = 2**31 - 1
TEXT_MAX = 2000
TAGS = ["Audit bundles"]
BUNDLE_ID = an_id("bundle_id", "Identifiant du dossier", "exp_8f3b21")
INPUT = {
    "from": "2025-11-01",
    "to": "2026-10-31",
    "auditDate": "2026-12-14",
    "sample": 5,
    "seed": 7,
    "recipient": "Certificateur",
}
QUEUED = {"id": "exp_8f3b21", "state": "QUEUED"}
SCOPE = {
    **INPUT,
    "enrollments": [],
    "names": False,
    "reason": "",
}
BUNDLE = {
    "id": "exp_8f3b21",
    "state": "READY",
    "requestedAt": "2026-11-29T08:00:00Z",
    "requestedBy": "usr_admin01",
    "scope": SCOPE,
    "complete": False,
    "counts": {"complaints": 12, "plans": 8},
    "missing": ["Plan signé : pieces/plan.pdf : laissé de côté, peut porter des noms"],
    "missingCount": 1,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 482133,
    "downloadUrl": "https://qualiforma.example/links/file/eyJ0IjoiYWNtZSJ9",
}


class BundleInput(Input):
    example = INPUT
    to = CalendarDate(required=False, help_text="Dernier jour de la période ; aujourd’hui.")
    audit_date = CalendarDate(required=False, help_text="Jour de l’audit : choisit le référentiel.")
    enrollments = Items(
        child=Id("enr"),
        required=False,
        max_length=ENROLLMENTS_MAX,
        help_text="Dossiers d’apprenants.",
    )
    sample = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=SAMPLE_MAX,
        help_text="Nombre de dossiers tirés au sort.",
    )
    seed = serializers.IntegerField(
        required=False, min_value=0, max_value=SEED_MAX, help_text="Rejoue le même tirage."
    )
    names = Flag(required=False, help_text="Montre les noms des apprenants ; demande un motif.")
    reason = Text(required=False, max_length=REASON_MAX)
    recipient = Text(
        required=False, max_length=RECIPIENT_MAX, help_text="Pour qui ; noté au journal."
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        first = CalendarDate(
            required=False, help_text="Premier jour de la période ; un an avant le dernier."
        )
        return {"from": first, **super().get_fields()}


class BundleQueued(Input):
    example = QUEUED
    id = Id("exp")
    state = Choice(ExportState)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}})
class Counts(serializers.DictField):
    """The rows of each register, by its name."""


class BundleScope(Input):
    example = SCOPE
    to = serializers.DateField()
    audit_date = serializers.DateField()
    enrollments = Items(child=Id("enr"), max_length=ENROLLMENTS_MAX)
    sample = serializers.IntegerField(min_value=0, max_value=SAMPLE_MAX)
    seed = serializers.IntegerField(min_value=0, max_value=SEED_MAX)
    names = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, max_length=REASON_MAX)
    recipient = serializers.CharField(allow_blank=True, max_length=RECIPIENT_MAX)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        return {"from": serializers.DateField(), **super().get_fields()}


class BundleOutput(Input):
    example = BUNDLE
    id = Id("exp")
    state = Choice(ExportState)
    requested_at = InstantField()
    requested_by = serializers.CharField(max_length=80)
    scope = BundleScope()
    complete = serializers.BooleanField(
        allow_null=True, help_text="Rien ne manque ; absent tant que le dossier n’est pas prêt."
    )
    counts = Counts()
    missing = Items(child=serializers.CharField(max_length=TEXT_MAX), max_length=MISSING_KEPT)
    missing_count = serializers.IntegerField(min_value=0)
    sha256 = serializers.CharField(allow_null=True, max_length=64)
    size = serializers.IntegerField(min_value=0)
    download_url = serializers.URLField(
        allow_null=True, help_text="Lien valable 15 minutes ; absent sans fichier."
    )


def as_body(export: FileExport, *, with_link: bool = False) -> dict[str, Any]:
    """Return an export of a bundle as it is answered; a link to its file where asked for."""
    found = export.result
    has_link = with_link and export.can_be_fetched()
    return {
        "id": export.pk,
        "state": export.state,
        "requestedAt": export.requested_at,
        "requestedBy": export.requested_by_id,
        "scope": export.options,
        "complete": found["missingCount"] == 0 if found else None,
        "counts": found.get("counts", {}),
        "missing": found.get("missing", []),
        "missingCount": found.get("missingCount", 0),
        "sha256": export.sha256 or None,
        "size": export.size,
        "downloadUrl": file_link(export.file_key) if has_link else None,
    }


class BundleViewSet(KernelViewSet[FileExport]):
    lookup_url_kwarg = "bundle_id"
    queryset = FileExport.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = BundleOutput
    permissions = {
        "list": may_export_bundle,
        "retrieve": may_export_bundle,
        "create": may_export_bundle,
    }

    def get_queryset(self) -> Any:
        rows = FileExport.objects.filter(kind=BUNDLE_EXPORT.name).select_related("requested_by")
        return rows.order_by("-requested_at", "-id")

    @described(
        "listAuditBundles",
        "Lister les dossiers d’audit",
        "Les dossiers demandés, les plus récents d’abord ; sans lien de téléchargement.",
        (200, BundleOutput(many=True), "Dossiers paginés"),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([as_body(one) for one in page or []])

    @described(
        "getAuditBundle",
        "Suivre un dossier d’audit",
        "Où en est le dossier, ce qu’il contient, ce qui y manque, et un lien valable 15 minutes une "
        "fois qu’il est prêt.",
        (200, BundleOutput, "Dossier trouvé"),
        parameters=[BUNDLE_ID],
        tags=TAGS,
    )
    def retrieve(self, request: Request, bundle_id: str) -> Response:
        return Response(as_body(self.get_object(), with_link=True))

    @described(
        "createAuditBundle",
        "Demander un dossier d’audit",
        "Le dossier de la période est préparé à part ; un lien valable 24 heures part par courriel à "
        "qui l’a demandé. Les apprenants y sont des pseudonymes, sauf names avec un motif.",
        (202, BundleQueued, "Demande enregistrée"),
        ("Demande enregistrée", QUEUED),
        request=BundleInput,
        tags=TAGS,
    )
    def create(self, request: Request) -> Response:
        given = self.validated(BundleInput)
        wish = Wish(
            since=given.get("from"),
            until=given.get("to"),
            audit_day=given.get("audit_date"),
            enrollments=tuple(given.get("enrollments", ())),
            sample=given.get("sample", 0),
            seed=given.get("seed", 0),
            names=given.get("names", False),
            reason=given.get("reason", ""),
        )
        export = request_bundle(wish=wish, recipient=given.get("recipient", ""), actor=self.actor)
        return Response({"id": export.pk, "state": export.state}, status=202)
