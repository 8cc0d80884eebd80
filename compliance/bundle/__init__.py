"""What compliance puts into an audit bundle: evidence by indicator, needs, paths, learners' files.

Found by its name when the apps are ready (see `qualiforma.bundle`).
"""

from compliance.bundle import evidence, indicators, learners, needs, organisation, paths

__all__ = ["evidence", "indicators", "learners", "needs", "organisation", "paths"]
