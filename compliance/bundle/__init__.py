"""What compliance puts into an audit bundle: evidence by indicator, audits, needs, paths, learners' files.

Found by its name when the apps are ready (see `qualiforma.bundle`).
"""

from compliance.bundle import audits, evidence, indicators, learners, needs, organisation, paths

__all__ = ["audits", "evidence", "indicators", "learners", "needs", "organisation", "paths"]
