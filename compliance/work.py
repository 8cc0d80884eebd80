"""The evidence register as the keeper of what shows that work was done."""

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import services
from compliance.models import Evidence
from compliance.models.evidence import TITLE_MAX
from compliance.policies import can_write_records
from compliance.states import EvidenceKind, EvidenceStatus
from qualiforma.accounts.actor import Actor
from qualiforma.followup.proofs import Kept, Proof, register

SHOWN = 20


class EvidenceKeeper:
    """Each proof is a piece of evidence of its record: a file, or a statement where there is none."""

    def may_keep(self, actor: Actor) -> bool:
        return can_write_records(actor)

    def keep(self, proof: Proof, actor: Actor) -> str:
        draft = services.EvidenceDraft(
            title=(_("Fait : %s") % " ".join(proof.title.split()))[:TITLE_MAX],
            kind=EvidenceKind.FILE if proof.upload else EvidenceKind.STATEMENT,
            indicators=proof.indicators,
            document_date=timezone.localdate(),
            author=actor.name,
            description=proof.text,
            record_type=proof.record_type,
            record_id=proof.record_id,
        )
        evidence = services.add_evidence(draft=draft, actor=actor, upload=proof.upload)
        return str(evidence.versions.get().key) if proof.upload else ""

    def kept(self, record_type: str, record_id: str, actor: Actor) -> list[Kept]:
        rows = Evidence.objects.readable_by(actor).filter(
            record_type=record_type, record_id=record_id, status=EvidenceStatus.ACTIVE
        )
        return [Kept(one.title, one.created_at) for one in rows.newest_first()[:SHOWN]]


register(EvidenceKeeper())
