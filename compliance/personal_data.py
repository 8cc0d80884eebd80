"""What needs analyses, paths and evidence hold about people."""

from datetime import datetime

from django.db.models import Q

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
from qualiforma.personal_data_registry import QUALITY, TRAINING, exclude, register
from qualiforma.training.models import Enrollment

EVIDENCE = "Prouver la conformité au référentiel Qualiopi"
PATHS = "Adapter le parcours aux besoins"


def _of_enrollments(user_id: str) -> Q:
    mine = Enrollment.objects.filter(user=user_id).values("pk")
    return Q(record_type="ENROLLMENT", record_id__in=mine)


def _needs_over(before: datetime) -> Q:
    """Analyses of trainings that ended before an instant, or that never were of one."""
    ended = Q(enrollment__completed_at__lt=before) | Q(enrollment__expires_at__lt=before)
    return Q(created_at__lt=before) & (Q(enrollment=None) | ended)


def _versions(user_id: str) -> Q:
    return Q(evidence__in=Evidence.objects.filter(_of_enrollments(user_id)))


register(
    NeedsAnalysis,
    purpose=PATHS,
    retention=TRAINING,
    about=("enrollment__user",),
    named=("created_by",),
    blanked={"context": "Effacé", "third_party_analysis": ""},
    sensitive=("accessibility_needs",),
    over=_needs_over,
)
register(
    PathAssignment,
    purpose=PATHS,
    retention=TRAINING,
    about=("user",),
    named=("assigned_by",),
)
register(
    Evidence,
    purpose=EVIDENCE,
    retention=QUALITY,
    named=("owner", "withdrawn_by", "created_by"),
    linked=_of_enrollments,
)
register(
    EvidenceVersion,
    purpose=EVIDENCE,
    retention=QUALITY,
    named=("uploaded_by",),
    linked=_versions,
)
register(EvidenceReview, purpose=EVIDENCE, retention=QUALITY, named=("reviewed_by",))
register(IndicatorReview, purpose=EVIDENCE, retention=QUALITY, named=("reviewed_by",))
register(Audit, purpose=EVIDENCE, retention=QUALITY, named=("created_by", "closed_by"))
register(Finding, purpose=EVIDENCE, retention=QUALITY, named=("created_by",))
register(AdaptivePath, purpose=PATHS, retention=TRAINING, named=("created_by", "deleted_by"))
register(PathVersion, purpose=PATHS, retention=TRAINING, named=("created_by",))
for model in (AuditJudgement, OrganisationProfile):
    register(model, purpose=EVIDENCE, retention=QUALITY)
exclude(PathModule, because="courses of a path, in order")
