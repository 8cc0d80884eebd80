"""Pages of training records under `/admin/`."""

from qualiforma.training.admin import catalogue, enrollments, evidence, questionnaires, sessions

__all__ = ["catalogue", "enrollments", "evidence", "questionnaires", "sessions"]
