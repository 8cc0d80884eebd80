"""The training records that others can name."""

from qualiforma.record_types import register
from qualiforma.training.models import (
    Company,
    Course,
    Enrollment,
    Questionnaire,
    TrainingSession,
)

register("COMPANY", Company, Company.objects.visible_to)
register("COURSE", Course, Course.objects.visible_to)
register("ENROLLMENT", Enrollment, Enrollment.objects.visible_to, related=("user", "course"))
register("SESSION", TrainingSession, TrainingSession.objects.visible_to)
register("QUESTIONNAIRE", Questionnaire, Questionnaire.objects.visible_to)
