"""The guided form about the organisation: each answer with what it changes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from compliance.models import OrganisationProfile
from compliance.models.organisation import (
    ADDRESS_MAX,
    CERTIFICATE_MAX,
    CERTIFIER_MAX,
    DELAY_MAX,
    REPRESENTATIVE_MAX,
    WATCH_MAX,
)
from qualiforma.admin.readable import ReadableForm
from qualiforma.qualiopi.applicability import EXCLUSIONS, Profile, applicability
from qualiforma.qualiopi.grids import Grid
from qualiforma.qualiopi.states import AuditKind, Category, Condition, Policy, VerifierPolicy

# What people type between the digits.
ACTIVITY_NUMBER_TYPED = 30
QUESTIONS: Mapping[Condition, Any] = {
    Condition.CERTIFYING: _(
        "Certaines de vos formations préparent à une certification (diplôme, titre, certificat)."
    ),
    Condition.ALTERNANCE: _("Certaines formations se font en alternance."),
    Condition.WORK_PERIODS: _("Certaines formations comprennent des périodes en entreprise."),
    Condition.SUBCONTRACTING: _("Vous faites appel à des sous-traitants ou au portage salarial."),
    Condition.OVER_TWO_DAYS: _("Certaines formations durent plus de deux jours."),
}
# Of the conditions that take no indicator away.
ALWAYS: Mapping[Condition, Any] = {
    Condition.SUBCONTRACTING: _(
        "L’indicateur 27 s’applique dans tous les cas : sans sous-traitant, une déclaration suffit."
    ),
    Condition.OVER_TWO_DAYS: _(
        "L’indicateur 12 s’applique dans tous les cas : selon le guide de lecture V9, il s’examine "
        "sur ces formations."
    ),
}
# What no answer takes away.
INHERENT_SAID = _(
    "La validation des acquis mène toujours à une certification ; l’apprentissage aussi, et il se fait "
    "en alternance, avec des périodes en entreprise. Répondez pour vos autres formations."
)


def listed(numbers: list[int]) -> str:
    """Return numbers as they are said: 3, 7 et 16."""
    return str(get_text_list([str(one) for one in numbers], gettext("et")))


def day_field(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget)


def delay_field(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=1, max_value=DELAY_MAX)


def watch_field(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=1, max_value=WATCH_MAX)


def several(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class OrganisationForm(ReadableForm, forms.Form):
    """What the organisation says of itself; fields are named as in the profile."""

    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    categories = several(_("Que faites-vous certifier ?"), Category.choices)
    new_entrant = several(
        _("Pour quelles prestations êtes-vous nouvel entrant ?"), Category.choices
    )
    conditions = several(_("Vos formations"), list(QUESTIONS.items()))
    activity_number = forms.CharField(
        label=_("Numéro de déclaration d’activité"),
        help_text=_("Onze chiffres, par exemple 11 75 12345 67."),
        max_length=ACTIVITY_NUMBER_TYPED,
        required=False,
    )
    address = forms.CharField(
        label=_("Adresse"),
        help_text=_("Elle figure sur les certificats de réalisation et les dossiers imprimés."),
        max_length=ADDRESS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    representative = forms.CharField(
        label=_("Représentant légal"),
        help_text=_(
            "Nom et fonction de la personne qui signe les certificats, par exemple : Anne Le "
            "Goff, directrice."
        ),
        max_length=REPRESENTATIVE_MAX,
        required=False,
    )
    certifier = forms.CharField(
        label=_("Organisme certificateur"), max_length=CERTIFIER_MAX, required=False
    )
    certificate_number = forms.CharField(
        label=_("Numéro du certificat"), max_length=CERTIFICATE_MAX, required=False
    )
    first_certified_on = day_field(
        _("Première certification"),
        _("L’audit de surveillance a lieu entre le 14e et le 22e mois qui suivent."),
    )
    certified_until = day_field(
        _("Fin du certificat"),
        _("Après un renouvellement, les mois se comptent depuis le nouveau certificat."),
    )
    last_audit_on = day_field(
        _("Dernier audit"),
        _(
            "Le prochain audit portera sur la période écoulée depuis cette date ; sans date, "
            "sur l’année écoulée."
        ),
    )
    next_audit_kind = forms.ChoiceField(
        label=_("Prochain audit"), choices=[("", "–"), *AuditKind.choices], required=False
    )
    next_audit_on = day_field(
        _("Date du prochain audit"),
        _("Le référentiel applicable et les preuves expirées dépendent de cette date."),
    )
    acknowledge_days = delay_field(
        _("Accusé de réception d’une réclamation (jours ouvrés)"),
        _("Le délai que vous annoncez. Au-delà, la réclamation met l’indicateur 31 à risque."),
    )
    answer_days = delay_field(
        _("Réponse à une réclamation (jours ouvrés)"),
        _("Le délai que vous annoncez. Au-delà, la réclamation met l’indicateur 31 à risque."),
    )
    public_complaints = forms.BooleanField(
        label=_("Ouvrir un formulaire public de réclamation"),
        help_text=_(
            "À l’adresse de votre organisme, suivie de /reclamation : sans compte, avec un accusé de "
            "réception par e-mail."
        ),
        required=False,
    )
    policy = forms.ChoiceField(
        label=_("Démarrage, clôture ou report incomplet"),
        help_text=_(
            "Par exemple : démarrer sans action datée, clôturer sans résultat, reporter "
            "sans motif. Les formulaires demandent toujours ces éléments."
        ),
        choices=Policy.choices,
    )
    verifier_policy = forms.ChoiceField(
        label=_("Vérification de l’efficacité par la personne qui a mené le plan"),
        help_text=_("Avec un seul responsable qualité actif, c’est toujours permis, et signalé."),
        choices=VerifierPolicy.choices,
    )
    effectiveness_days = watch_field(
        _("Vérification de l’efficacité (jours après la clôture)"),
        _("L’échéance proposée à la clôture d’un plan."),
    )
    recurrence_days = watch_field(
        _("Surveillance des récidives (jours après la clôture)"),
        _("Une réclamation semblable reçue dans ce délai signale le plan clôturé."),
    )

    def __init__(self, profile: OrganisationProfile, data: Any = None) -> None:
        shown = {
            name: getattr(profile, name) for name in self.base_fields if name != "expected_version"
        }
        super().__init__(data, initial={**shown, "expected_version": profile.version})

    def changes(self) -> dict[str, Any]:
        """Return the answers as `change_organisation` takes them."""
        return {
            name: value for name, value in self.cleaned_data.items() if name != "expected_version"
        }

    @property
    def expected_versions(self) -> tuple[int, ...] | None:
        """The version that was on the page; None for none."""
        expected_version = self.cleaned_data.get("expected_version")
        return None if expected_version is None else (expected_version,)

    def answers(self) -> Profile:
        """Return what of the answers decides; a refused one counts as not given."""
        given = getattr(self, "cleaned_data", None)
        if given is None:
            given = self.initial
        return OrganisationProfile(
            categories=given.get("categories", []),
            conditions=given.get("conditions", []),
            new_entrant=given.get("new_entrant", []),
        ).answers


def category_effect(category: Category, grid: Grid) -> str:
    """Say how many indicators a kind of service can bring."""
    everything = Profile(frozenset({category}), frozenset(Condition))
    number = sum(one.applicable for one in applicability(everything, grid))
    text = ngettext(
        "%(number)d indicateur peut s’appliquer.",
        "%(number)d indicateurs peuvent s’appliquer.",
        number,
    )
    return str(text % {"number": number})


def condition_effect(condition: Condition, grid: Grid) -> str:
    """Say which indicators an answer brings or takes away."""
    if condition not in EXCLUSIONS:
        return str(ALWAYS[condition])
    numbers = [row.number for row in grid.indicators if row.condition == condition]
    text = ngettext(
        "Si oui, l’indicateur %(numbers)s s’applique ; sinon, il ne s’applique pas.",
        "Si oui, les indicateurs %(numbers)s s’appliquent ; sinon, ils ne s’appliquent pas.",
        len(numbers),
    )
    return str(text % {"numbers": listed(numbers)})


def new_entrant_effect(grid: Grid) -> str:
    """Say what beginning changes."""
    numbers = [row.number for row in grid.indicators if row.new_entrant]
    text = gettext(
        "Vous débutez, avec peu ou pas de prestations réalisées : l’auditeur vous en demande moins "
        "sur les indicateurs %(numbers)s, et l’audit de surveillance les examinera tous."
    )
    return text % {"numbers": listed(numbers)}
