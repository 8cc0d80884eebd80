"""The evidence register. Source: evidence, "The evidence register"."""

from functools import partial
from typing import Any

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import policies, services
from compliance.api import evidence_docs as docs
from compliance.api.evidence_serializers import (
    EvidenceChanges,
    EvidenceDetail,
    EvidenceFilter,
    EvidenceInput,
    EvidenceListItem,
    ReviewInput,
    VersionInput,
    WithdrawalInput,
    as_columns,
)
from compliance.models import Evidence
from compliance.querysets import EvidenceQuerySet
from compliance.services.evidence import VALIDITY
from qualiforma.api.docs import described
from qualiforma.api.parsers import FormParser
from qualiforma.api.views import KernelViewSet
from qualiforma.uploads import Upload

endpoint = partial(described, tags=docs.TAGS)


class EvidenceViewSet(KernelViewSet[Evidence]):
    lookup_url_kwarg = "evidence_id"
    etags = True
    queryset = Evidence.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = EvidenceListItem
    filterset_class = EvidenceFilter
    permissions = {
        "list": policies.can_read_records,
        "retrieve": policies.can_read_records,
        "create": policies.can_write_records,
        "partial_update": policies.can_manage_evidence,
        "add_version": policies.can_write_records,
        "review": policies.can_manage_evidence,
        "withdraw": policies.can_manage_evidence,
    }
    refusals = docs.REFUSALS

    def get_parsers(self) -> list[Any]:
        path = getattr(self.request, "path", "")
        return [FormParser()] if path.endswith("/versions") else super().get_parsers()

    def get_queryset(self) -> EvidenceQuerySet:
        rows: EvidenceQuerySet = Evidence.objects.visible_to(self.actor)
        return rows.newest_first()

    def answer(self, evidence: Evidence, status: int = 200) -> Response:
        """The evidence after this call's change."""
        return self.represented(get_object_or_404(self.get_queryset(), pk=evidence.pk), status)

    def represented(self, whole: Evidence, status: int = 200) -> Response:
        body = EvidenceDetail(whole, context={"actor": self.actor}).data
        return self.tagged(body, whole.version, status)

    @endpoint(
        "listEvidence",
        "Lister les preuves",
        "Le registre des preuves, paginé, les plus récentes d’abord ; celles de l’appelant seulement "
        "pour un MANAGER ou un TRAINER. Un AUDITOR ne lit d’une preuve confidentielle que son titre, "
        "ses dates et l’empreinte de ses fichiers.",
        (200, EvidenceListItem(many=True), "Preuves paginées"),
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        rows = EvidenceListItem(page, many=True, context={"actor": self.actor}).data
        return self.get_paginated_response(rows)

    @endpoint(
        "getEvidence",
        "Détail d’une preuve",
        "La preuve avec ses fichiers, chacun avec un lien valable 15 minutes, et ses revues.",
        (200, EvidenceDetail, "Preuve trouvée"),
        parameters=[docs.EVIDENCE_ID],
    )
    def retrieve(self, request: Request, evidence_id: str) -> Response:
        return self.represented(self.get_object())

    @endpoint(
        "addEvidence",
        "Ajouter une preuve",
        "Ajoute une preuve au registre, pour un ou plusieurs indicateurs ; son fichier se dépose "
        "ensuite. Seul un ADMIN peut nommer un autre responsable que lui-même.",
        (201, EvidenceDetail, "Preuve ajoutée"),
        request=EvidenceInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.EvidenceDraft(**as_columns(self.validated(EvidenceInput)))
        return self.answer(services.add_evidence(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateEvidence",
        "Modifier une preuve",
        "Modifie ce que le registre dit de la preuve. Une preuve retirée ne change plus.",
        (200, EvidenceDetail, "Preuve mise à jour"),
        parameters=[docs.EVIDENCE_ID],
        request=EvidenceChanges,
    )
    def partial_update(self, request: Request, evidence_id: str) -> Response:
        evidence = self.get_object()
        changes = as_columns(self.validated(EvidenceChanges))
        evidence = services.change_evidence(
            evidence=evidence,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(evidence)

    @endpoint(
        "addEvidenceVersion",
        "Déposer un fichier de preuve",
        "Dépose un nouveau fichier : PDF, PNG, JPEG, XLSX ou DOCX, 20 Mo au plus, reconnu à son "
        "contenu. Les fichiers précédents restent. Une preuve dont la validité a pris fin demande "
        "une nouvelle date de fin, ou `validUntil` vide.",
        (201, EvidenceDetail, "Fichier déposé"),
        parameters=[docs.EVIDENCE_ID],
        request={"multipart/form-data": VersionInput},
    )
    def add_version(self, request: Request, evidence_id: str) -> Response:
        evidence = self.get_object()
        body = self.validated(VersionInput)
        sent = body["file"]
        services.add_evidence_version(
            evidence=evidence,
            upload=Upload(sent.name, sent.size, sent.file, body["free_of_personal_data"]),
            note=body.get("note", ""),
            validity={name: body[name] for name in VALIDITY if name in body},
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(evidence, status=201)

    @endpoint(
        "reviewEvidence",
        "Revoir une preuve",
        "Dit si la preuve est toujours valable ou à remplacer. Les revues sont gardées.",
        (201, EvidenceDetail, "Revue enregistrée"),
        parameters=[docs.EVIDENCE_ID],
        request=ReviewInput,
    )
    def review(self, request: Request, evidence_id: str) -> Response:
        evidence = self.get_object()
        body = self.validated(ReviewInput)
        services.review_evidence(
            evidence=evidence, **body, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.answer(evidence, status=201)

    @endpoint(
        "withdrawEvidence",
        "Retirer une preuve",
        "Retire la preuve pour de bon ; elle reste au registre avec le motif.",
        (200, EvidenceDetail, "Preuve retirée"),
        parameters=[docs.EVIDENCE_ID],
        request=WithdrawalInput,
    )
    def withdraw(self, request: Request, evidence_id: str) -> Response:
        evidence = self.get_object()
        body = self.validated(WithdrawalInput)
        evidence = services.withdraw_evidence(
            evidence=evidence,
            withdrawal_reason=body["reason"],
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(evidence)
