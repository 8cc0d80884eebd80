"""Audit registration of this feature: its models and the sentences of its actions."""

from django.utils.translation import gettext_lazy as _

from compliance.models import (
    AdaptivePath,
    Audit,
    AuditJudgement,
    Evidence,
    EvidenceReview,
    EvidenceVersion,
    Finding,
    IndicatorReview,
    NeedsAnalysis,
    OrganisationProfile,
    PathAssignment,
    PathModule,
    PathVersion,
)
from qualiforma.audit import describe_action, register

register(
    NeedsAnalysis,
    "needs_analysis",
    sensitive=["accessibility_needs"],
    skipped=["version"],
)
register(AdaptivePath, "adaptive_path", skipped=["version"])
register(PathVersion, "path_version", root="path")
register(PathModule, "path_module", root="path")
# Why a learner needs a path may say anything of them; the row keeps it, the trail that it was said.
register(PathAssignment, "path_assignment", root="path", sensitive=["rationale"])

# What the register holds may be confidential, and the trail is read by auditors: it keeps that these
# columns changed, never what they hold.
register(
    Evidence,
    "evidence",
    sensitive=[
        "author",
        "description",
        "url",
        "record_type",
        "record_id",
        "withdrawal_reason",
    ],
    skipped=["version"],
)
register(EvidenceVersion, "evidence_version", root="evidence", sensitive=["name", "note"])
register(EvidenceReview, "evidence_review", root="evidence", sensitive=["comment"])

register(IndicatorReview, "indicator_review")
register(OrganisationProfile, "organisation", skipped=["version"])

register(Audit, "audit", skipped=["version"])
register(AuditJudgement, "audit_judgement", root="audit")
register(Finding, "finding", skipped=["version"])

describe_action("compliance.organisation.logo_changed", _("%(actor)s a changé le logo"))
describe_action("compliance.organisation.logo_removed", _("%(actor)s a retiré le logo"))
describe_action("compliance.finding.entered", _("%(actor)s a saisi un constat"))
describe_action("compliance.finding.changed", _("%(actor)s a modifié le constat"))
describe_action("compliance.finding.corrected", _("%(actor)s a indiqué que le constat est corrigé"))
describe_action("compliance.finding.lifted", _("%(actor)s a indiqué que le constat est levé"))
describe_action("compliance.finding.reopened", _("%(actor)s a rouvert le constat"))
describe_action("compliance.finding.planned", _("%(actor)s a ouvert un plan pour le constat"))
describe_action("compliance.audit.planned", _("%(actor)s a prévu un audit"))
describe_action("compliance.audit.changed", _("%(actor)s a modifié l’audit"))
describe_action("compliance.audit.judged", _("%(actor)s a apprécié des indicateurs"))
describe_action("compliance.audit.started", _("%(actor)s a commencé l’audit"))
describe_action("compliance.audit.closed", _("%(actor)s a clôturé l’audit"))
describe_action("compliance.audit.deleted", _("%(actor)s a supprimé l’audit"))
describe_action("compliance.indicator.reviewed", _("%(actor)s a marqué l’indicateur comme vu"))
describe_action("compliance.organisation.changed", _("%(actor)s a modifié la fiche de l’organisme"))
describe_action("compliance.evidence.added", _("%(actor)s a ajouté une preuve au registre"))
describe_action("compliance.evidence.changed", _("%(actor)s a modifié la preuve"))
describe_action("compliance.evidence.version_added", _("%(actor)s a déposé un fichier de preuve"))
describe_action("compliance.evidence.reviewed", _("%(actor)s a revu la preuve"))
describe_action("compliance.evidence.withdrawn", _("%(actor)s a retiré la preuve"))
describe_action("compliance.path.created", _("%(actor)s a créé le parcours"))
describe_action("compliance.path.changed", _("%(actor)s a modifié le parcours"))
describe_action("compliance.path.deleted", _("%(actor)s a supprimé le parcours"))
describe_action("compliance.path.assigned", _("%(actor)s a affecté le parcours à un apprenant"))
describe_action("compliance.needs.created", _("%(actor)s a commencé une analyse des besoins"))
describe_action("compliance.needs.changed", _("%(actor)s a modifié l’analyse des besoins"))
describe_action("compliance.needs.completed", _("%(actor)s a validé l’analyse des besoins"))
describe_action("compliance.file.exported", _("%(actor)s a exporté le dossier de formation"))
describe_action(
    "compliance.certificate.exported", _("%(actor)s a exporté le certificat de réalisation")
)
describe_action("compliance.demo.loaded", _("%(actor)s a chargé les données de démonstration"))
