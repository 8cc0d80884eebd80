from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from qualiforma.admin.records import RecordForm, actor_of
from qualiforma.admin.site import site
from qualiforma.training import services
from qualiforma.training.admin.base import (
    SHOWN,
    EvidenceAdmin,
    ExpectedVersionForm,
    TrainingAdmin,
    chosen,
    day,
)
from qualiforma.training.models import Questionnaire, Submission

QUESTIONNAIRE_FIELDS = ("title", "kind", "course", "max_score")
ANSWERED = ("enrollment", "respondent_role", "score", "submitted_at", "answers")


class QuestionnaireForm(ExpectedVersionForm):
    class Meta:
        model = Questionnaire
        fields = QUESTIONNAIRE_FIELDS


@admin.register(Questionnaire, site=site)
class QuestionnaireAdmin(TrainingAdmin):
    form = QuestionnaireForm
    empty_text = _(
        "Vos questionnaires seront listés ici : positionnement, évaluation des acquis, "
        "satisfaction."
    )
    list_display = ("title", "kind", "course", "out_of")
    list_filter = ("kind", chosen("course"))
    list_select_related = ("course",)
    search_fields = ("title",)
    search_help_text = _("Intitulé")
    autocomplete_fields = ("course",)
    change_form_outer_before_template = "training/questionnaire_before.html"
    change_form_outer_after_template = "training/questionnaire_after.html"
    shown = ("title", ("kind", "max_score"), "course")

    @display(description=_("Score maximal"), ordering="max_score")
    def out_of(self, questionnaire: Questionnaire) -> str:
        return number_format(questionnaire.max_score.normalize())

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        submissions = row.submissions.select_related("enrollment__user")
        return {
            **super().page_context(request, row),
            "submissions": submissions.order_by("-submitted_at", "-id")[:SHOWN],
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor, expected_version = actor_of(request), form.expected_versions
        if change:
            changes = form.given(*QUESTIONNAIRE_FIELDS)
            services.change_questionnaire(
                questionnaire=obj, changes=changes, actor=actor, expected_versions=expected_version
            )
        else:
            values = {name: form.value_of(name) for name in QUESTIONNAIRE_FIELDS}
            draft = services.QuestionnaireDraft(**values)
            obj.pk = services.create_questionnaire(draft=draft, actor=actor).pk


class SubmissionForm(RecordForm):
    comment = forms.CharField(
        label=_("Commentaire"),
        required=False,
        max_length=5000,
        help_text=_("Ce que la personne a écrit ; conservé avec ses réponses."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    class Meta:
        model = Submission
        fields = ("questionnaire", "enrollment", "respondent_role", "score", "submitted_at")

    def draft(self) -> services.SubmissionDraft:
        """Return the answered questionnaire, as `record_submission` takes it."""
        values = {name: self.value_of(name) for name in ANSWERED if name != "answers"}
        comment = self.cleaned_data["comment"]
        return services.SubmissionDraft(
            **values, answers={"commentaire": comment} if comment else {}
        )


@admin.register(Submission, site=site)
class SubmissionAdmin(EvidenceAdmin):
    form = SubmissionForm
    empty_text = _("Les réponses aux questionnaires seront réunies ici.")
    list_display = ("questionnaire", "who", "respondent_role", "result", "submitted")
    list_filter = ("respondent_role", chosen("questionnaire"), chosen("enrollment"))
    list_select_related = ("questionnaire", "enrollment__user")
    search_fields = ("questionnaire__title",)
    search_help_text = _("Intitulé du questionnaire")
    autocomplete_fields = ("questionnaire", "enrollment")
    order = ("-submitted_at", "-id")
    entered = (
        *("questionnaire", "enrollment"),
        ("respondent_role", "score"),
        *("submitted_at", "comment"),
    )
    shown = (
        *("questionnaire", "enrollment"),
        ("respondent_role", "result"),
        *("submitted_at", "answered"),
    )
    readonly_fields = ("result", "answered")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("questionnaire", "enrollment__user", "enrollment__course")

    @display(description=_("Apprenant"))
    def who(self, submission: Submission) -> str:
        return str(submission.enrollment.user) if submission.enrollment else "–"

    @display(description=_("Score"), ordering="score")
    def result(self, submission: Submission) -> str:
        return told_score(submission)

    @display(description=_("Répondu le"), ordering="submitted_at")
    def submitted(self, submission: Submission) -> str:
        return day(submission.submitted_at)

    @display(description=_("Réponses"))
    def answered(self, submission: Submission) -> str:
        lines = [f"{name} : {told_answer(given)}" for name, given in submission.answers.items()]
        return format_html('<span class="qf-lines">{}</span>', "\n".join(lines) or "–")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = services.record_submission(
            questionnaire=obj.questionnaire, draft=form.draft(), actor=actor_of(request)
        )
        obj.pk = given.pk


def told_answer(given: Any) -> str:
    """Return an answer as people write it."""
    if isinstance(given, bool):
        return str(_("oui") if given else _("non"))
    if isinstance(given, list):
        return ", ".join(map(told_answer, given))
    return "–" if given is None else str(given)


def told_score(submission: Submission) -> str:
    """Return `12,5 / 20`, as the language writes numbers; a dash without a score."""
    if submission.score is None:
        return "–"
    score, most = submission.score.normalize(), submission.max_score.normalize()
    return f"{number_format(score)} / {number_format(most)}"
