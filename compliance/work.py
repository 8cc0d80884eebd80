"""The evidence register as the keeper of what shows that work was done."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from compliance import services
from compliance.models import Evidence
from compliance.models.evidence import TITLE_MAX
from compliance.policies import can_write_records
from compliance.states import EvidenceKind, EvidenceStatus
from qualiforma.accounts.actor import Actor
from qualiforma.followup.proofs import Kept, Proof, register


class EvidenceKeeper:
    """Each proof is a piece of evidence of its record: a file, or a statement where there is none."""

    def may_keep(self, actor: Actor) -> bool:
        return can_write_records(actor)

    def keep(self, proof: Proof, actor: Actor) -> Kept:
        draft = services.EvidenceDraft(
            title=" ".join(proof.title.split())[:TITLE_MAX],
            kind=EvidenceKind.FILE if proof.upload else EvidenceKind.STATEMENT,
            indicators=proof.indicators,
            document_date=timezone.localdate(),
            author=actor.name,
            description=proof.text,
            record_type=proof.record_type,
            record_id=proof.record_id,
        )
        evidence = services.add_evidence(draft=draft, actor=actor, upload=proof.upload)
        return Kept(evidence, str(evidence.versions.get().key) if proof.upload else "")

    def rows(self, record_type: str, ids: Iterable[str], actor: Actor) -> QuerySet[Evidence]:
        rows: QuerySet[Evidence] = Evidence.objects.readable_by(actor).filter(
            record_type=record_type, record_id__in=list(ids), status=EvidenceStatus.ACTIVE
        )
        return rows.order_by("-created_at", "-id")

    def page(self, row: Evidence) -> str:
        return reverse("admin:compliance_evidence_change", args=[quote(row.pk)])

    def form(self, record_type: str, record_id: str, indicators: Iterable[int]) -> str:
        about = {"kind": EvidenceKind.FILE, "record_type": record_type, "record_id": record_id}
        filled = urlencode(about | {"indicators": ",".join(map(str, indicators))})
        return f"{reverse('admin:compliance_evidence_add')}?{filled}"

    def link(self, record_type: str, record_id: str) -> str:
        query = urlencode({"record_type": record_type, "record_id": record_id})
        return f"{reverse('admin:evidence_link')}?{query}"


register(EvidenceKeeper())
