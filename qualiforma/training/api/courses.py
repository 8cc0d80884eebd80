from decimal import Decimal
from typing import Any

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.api.docs import an_id
from qualiforma.api.filters import (
    EnumFilter,
    FlagFilter,
    OrderFilter,
    SearchFilter,
    WireFilterSet,
)
from qualiforma.api.serializers import Choice, Flag, Input, Items, Output, Text
from qualiforma.search import searched_text
from qualiforma.training import models, services
from qualiforma.training.api import examples
from qualiforma.training.api.fields import Number, OptionalText
from qualiforma.training.api.views import RecordViewSet, endpoint
from qualiforma.training.models import SEARCHED_COURSES, Course
from qualiforma.training.states import Level

COURSE_ID = an_id("course_id", "Identifiant de la formation", "crs_excel_init")
SHORTEST = Decimal("0.01")


class CourseFilter(WireFilterSet):
    level = EnumFilter(enum=Level, label="Niveau visé.")
    entry_level = EnumFilter(enum=Level, label="Niveau d’entrée.")
    active = FlagFilter(label="Au catalogue, ou retirées.")
    q = SearchFilter(fields=SEARCHED_COURSES, label="Mots de l’intitulé ou de la présentation.")
    ordering = OrderFilter(
        by={"createdAt": F("created_at"), "title": searched_text("title")},
        label="Ordre ; sans lui, les plus récentes d’abord.",
    )

    class Meta:
        model = Course
        fields: tuple[str, ...] = ()


def objectives() -> Items:
    return Items(
        child=Text(max_length=models.OBJECTIVE_MAX),
        max_length=models.OBJECTIVES_MAX,
        required=False,
    )


def skills() -> Items:
    return Items(
        child=Text(max_length=models.SKILL_MAX), max_length=models.SKILLS_MAX, required=False
    )


def hours(**options: Any) -> Number:
    return Number(least=SHORTEST, most=models.HOURS_MAX, **options)


class CourseInput(Input):
    example = examples.COURSE_INPUT
    title = Text(max_length=models.TITLE_MAX)
    summary = OptionalText(max_length=models.SUMMARY_MAX)
    objectives = objectives()
    level = Choice(Level)
    entry_level = Choice(Level, required=False)
    duration_hours = hours()
    skills = skills()
    active = Flag(required=False)


class CourseChanges(Input):
    example = examples.COURSE_CHANGES
    title = Text(max_length=models.TITLE_MAX, required=False)
    summary = OptionalText(max_length=models.SUMMARY_MAX)
    objectives = objectives()
    level = Choice(Level, required=False)
    entry_level = Choice(Level, required=False)
    duration_hours = hours(required=False)
    skills = skills()
    active = Flag(required=False)


class CourseOutput(Output[Course]):
    example = examples.COURSE
    objectives = objectives()
    skills = skills()
    duration_hours = hours()

    class Meta:
        model = Course
        fields = (
            "id",
            "title",
            "summary",
            "objectives",
            "level",
            "entry_level",
            "duration_hours",
            "skills",
            "active",
            "created_at",
        )


class CourseViewSet(RecordViewSet[Course]):
    lookup_url_kwarg = "course_id"
    queryset = Course.objects.none()  # for the schema; `get_queryset` decides
    serializer_class = CourseOutput
    filterset_class = CourseFilter

    def get_queryset(self) -> Any:
        return Course.objects.visible_to(self.actor).newest_first()

    def answer(self, course: Course, status: int = 200) -> Response:
        return self.tagged(CourseOutput(course).data, course.version, status)

    @endpoint(
        "listCourses",
        "Lister les formations",
        "Le catalogue, paginé, formations retirées comprises.",
        (200, CourseOutput(many=True), "Formations paginées"),
    )
    def list(self, request: Request) -> Response:
        return self.paged(CourseOutput)

    @endpoint(
        "getCourse",
        "Détail d’une formation",
        "La formation : présentation, objectifs, niveaux, durée et compétences.",
        (200, CourseOutput, "Formation trouvée"),
        parameters=[COURSE_ID],
    )
    def retrieve(self, request: Request, course_id: str) -> Response:
        return self.answer(self.get_object())

    @endpoint(
        "createCourse",
        "Ajouter une formation",
        "Ajoute une formation au catalogue. entryLevel ne dépasse pas level.",
        (201, CourseOutput, "Formation ajoutée"),
        ("Formation ajoutée", examples.COURSE),
        request=CourseInput,
    )
    def create(self, request: Request) -> Response:
        draft = services.CourseDraft(**self.validated(CourseInput))
        return self.answer(services.create_course(draft=draft, actor=self.actor), status=201)

    @endpoint(
        "updateCourse",
        "Modifier une formation",
        "Modifie une formation, ou la retire du catalogue (active à false).",
        (200, CourseOutput, "Formation mise à jour"),
        ("Formation mise à jour", {**examples.COURSE, **examples.COURSE_CHANGES}),
        parameters=[COURSE_ID],
        request=CourseChanges,
    )
    def partial_update(self, request: Request, course_id: str) -> Response:
        course = self.get_object()
        changes = self.validated(CourseChanges)
        course = services.change_course(
            course=course,
            changes=changes,
            actor=self.actor,
            expected_versions=self.expected_versions,
        )
        return self.answer(course)
