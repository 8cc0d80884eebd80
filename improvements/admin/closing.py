"""The form that closes a plan."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from improvements.admin.forms import MoveForm
from improvements.models import (
    ATTACHMENT_NAME_MAX,
    OUTCOME_MAX,
    OUTCOMES_MAX,
    SUMMARY_MAX,
    Complaint,
)
from improvements.services import Closure
from improvements.services.policy import NO_OUTCOME, Lack
from improvements.states import ANSWERED, SETTLED
from qualiforma.admin.form_fields import choice_field
from qualiforma.admin.uploads import UploadField

ANSWER = "answer-"


class ClosureForm(MoveForm):
    """The closing report. Its file is one of the plan's, or comes with it."""

    done = forms.MultipleChoiceField(
        label=_("Actions encore ouvertes : cochez celles qui sont faites"),
        required=False,
        help_text=_("Pour annuler celles qui ne se feront pas, revenez à la page du plan."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    summary = forms.CharField(
        label=_("Synthèse"),
        max_length=SUMMARY_MAX,
        help_text=_("Ce que le plan a changé, et comment vous le savez."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )
    outcomes = forms.CharField(
        label=_("Résultats"),
        required=False,
        help_text=_("Un résultat par ligne."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    effectiveness_due_date = forms.DateField(
        label=_("Efficacité à vérifier le"),
        help_text=_("Si vide : après le délai indiqué dans la fiche de votre organisme."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "qf-select"}, format="%Y-%m-%d"),
    )
    attachment = forms.ChoiceField(
        label=_("Pièce du rapport"), required=False, widget=UnfoldAdminSelectWidget
    )
    file = UploadField(
        max_length=ATTACHMENT_NAME_MAX,
        label=_("Joindre un nouveau fichier au rapport"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = self.plan.attachments.order_by("-created_at", "-id") if self.plan else []
        if files:
            choices = [("", _("Aucune")), *((one.key, one.name) for one in files)]
            choice_field(self, "attachment").choices = choices
        else:
            del self.fields["attachment"]
        self._offer_actions()
        self._offer_answers()
        answers = [f"{ANSWER}{one.pk}" for one in self.unanswered]
        self.order_fields(["done", "summary", *answers, "outcomes"])

    def _offer_actions(self) -> None:
        """Ask which of the open actions are done by now."""
        rows = self.plan.actions.exclude(status__in=SETTLED) if self.plan else []
        choices = [(one.pk, one.description) for one in rows]
        if choices:
            choice_field(self, "done").choices = choices
        else:
            del self.fields["done"]

    def _offer_answers(self) -> None:
        """Ask for the answer to each complaint that has none."""
        linked = Complaint.objects.filter(plan_links__plan=self.plan).exclude(status__in=ANSWERED)
        self.unanswered = list(linked.order_by("plan_links__position")) if self.plan else []
        for one in self.unanswered:
            self.fields[f"{ANSWER}{one.pk}"] = forms.CharField(
                label=_("Réponse donnée à l’auteur : %s") % one.subject,
                required=False,
                help_text=_("La réclamation sera alors résolue. Si vide : elle reste ouverte."),
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            )

    def clean_outcomes(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["outcomes"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > OUTCOMES_MAX:
            raise forms.ValidationError(_("%s lignes au plus.") % OUTCOMES_MAX)
        if any(len(line) > OUTCOME_MAX for line in lines):
            raise forms.ValidationError(_("%s caractères par ligne au plus.") % OUTCOME_MAX)
        return lines

    def clean(self) -> None:
        if self.cleaned_data.get("file") and self.cleaned_data.get("attachment"):
            self.add_error(
                "file", _("Choisissez une pièce du plan ou un nouveau fichier, pas les deux.")
            )

    def missing(self) -> list[Lack]:
        return [] if self.cleaned_data["outcomes"] else [NO_OUTCOME]

    def closure(self, key: str) -> Closure:
        """Return the report as `close_plan` takes it; `key` is the new file's, if there is one."""
        given = self.cleaned_data
        return Closure(
            summary=given["summary"],
            outcomes=given["outcomes"],
            effectiveness_due_date=given["effectiveness_due_date"],
            attachment_s3_key=key or given.get("attachment", ""),
            done=given.get("done", ()),
            answers={
                one.pk: answer
                for one in self.unanswered
                if (answer := given[f"{ANSWER}{one.pk}"].strip())
            },
        )
