"""What of training records the search over everything finds: learners, companies, courses, numbers."""

from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import SEARCHED_USERS, User
from qualiforma.accounts.policies import can_read_users
from qualiforma.accounts.roles import Role
from qualiforma.admin.finder import Kind, kinds
from qualiforma.training.admin.enrollments import numbered
from qualiforma.training.models import (
    SEARCHED_COMPANIES,
    SEARCHED_COURSES,
    Certificate,
    Company,
    Course,
    Enrollment,
    TrainingSession,
)

NEWEST = ("-created_at", "-id")


def _page(name: str) -> Any:
    return lambda row: reverse(f"admin:training_{name}_change", args=[quote(row.pk)])


def _rows(model: Any) -> Any:
    return model.objects.visible_to


def _page_of_person(user: Any) -> str:
    """A learner's enrollments, where their files are; the account of anybody else."""
    if user.role != Role.LEARNER:
        return reverse("admin:accounts_user_change", args=[quote(user.pk)])
    query = urlencode({"user__id__exact": user.pk})
    return f"{reverse('admin:training_enrollment_changelist')}?{query}"


kinds += [
    Kind(
        _("Apprenants et équipe"),
        "group",
        lambda actor: User.objects.all() if can_read_users(actor) else User.objects.none(),
        *(SEARCHED_USERS, NEWEST, _page_of_person),
    ),
    Kind(
        _("Entreprises"),
        "apartment",
        *(_rows(Company), SEARCHED_COMPANIES, NEWEST, _page("company")),
    ),
    Kind(_("Formations"), "school", _rows(Course), SEARCHED_COURSES, NEWEST, _page("course")),
    # These by their ids and numbers alone: their words are those of people and courses.
    Kind(_("Inscriptions"), "how_to_reg", _rows(Enrollment), (), NEWEST, _page("enrollment")),
    Kind(_("Sessions"), "event", _rows(TrainingSession), (), NEWEST, _page("trainingsession")),
    Kind(
        _("Attestations"),
        "workspace_premium",
        lambda actor: Certificate.objects.filter(
            enrollment__in=Enrollment.objects.visible_to(actor)
        ),
        *((), ("-year", "-rank"), _page("certificate"), numbered),
    ),
]
