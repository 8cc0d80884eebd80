"""The compliance records that others can name, and which plans answer a finding."""

from compliance.models import AdaptivePath, Audit, Evidence, Finding, NeedsAnalysis
from qualiforma import plan_opening
from qualiforma.record_types import register

register("NEEDS_ANALYSIS", NeedsAnalysis, NeedsAnalysis.objects.visible_to)
register("ADAPTIVE_PATH", AdaptivePath, AdaptivePath.objects.visible_to)
register("EVIDENCE", Evidence, Evidence.objects.visible_to)
register("AUDIT", Audit, Audit.objects.visible_to)
register("FINDING", Finding, Finding.objects.visible_to)


plan_opening.register_answers(lambda: Finding.objects.filter(plan__isnull=False))
