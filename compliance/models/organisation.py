"""What the organisation says of itself: it decides which indicators apply. One row per tenant."""

from datetime import date, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qualiforma.fields import one_of
from qualiforma.ids import IdField
from qualiforma.qualiopi.applicability import Profile
from qualiforma.qualiopi.cycle import Window, surveillance_window
from qualiforma.qualiopi.rules import (
    ACKNOWLEDGE_DAYS,
    ANSWER_DAYS,
    EFFECTIVENESS_DAYS,
    RECURRENCE_DAYS,
    Rules,
)
from qualiforma.qualiopi.states import AuditKind, Category, Condition, Policy, VerifierPolicy
from qualiforma.readiness import YEAR

PROFILE_ID = "org_profile"
ACTIVITY_NUMBER_LENGTH = 11
ADDRESS_MAX = 500
REPRESENTATIVE_MAX = 200
LOGO_KEY_MAX = 300
CERTIFIER_MAX = 200
CERTIFICATE_MAX = 100
# Units: working days.
DELAY_MAX = 60
# Units: days after a plan was closed.
WATCH_MAX = 730


class OrganisationProfile(models.Model):
    """Without a row nothing has been answered yet; the defaults stand."""

    id = IdField(prefix="org", default=PROFILE_ID)
    categories = ArrayField(
        models.CharField(max_length=20, choices=Category),
        verbose_name=_("prestations certifiées"),
        default=list,
        blank=True,
    )
    conditions = ArrayField(
        models.CharField(max_length=20, choices=Condition),
        verbose_name=_("particularités"),
        default=list,
        blank=True,
    )
    # Of the categories, those for which the organisation has little behind it yet.
    new_entrant = ArrayField(
        models.CharField(max_length=20, choices=Category),
        verbose_name=_("nouvel entrant pour"),
        default=list,
        blank=True,
    )
    activity_number = models.CharField(
        _("numéro de déclaration d’activité"),
        max_length=ACTIVITY_NUMBER_LENGTH,
        blank=True,
        default="",
    )
    # Both stand on what learners are given; their defaults stand in the database too.
    address = models.TextField(
        _("adresse"), max_length=ADDRESS_MAX, blank=True, default="", db_default=""
    )
    representative = models.CharField(
        _("représentant légal"),
        max_length=REPRESENTATIVE_MAX,
        blank=True,
        default="",
        db_default="",
    )
    # Shown at the login: the stored file's key and its SHA-256; both empty without a logo.
    logo = models.CharField(
        _("logo"), max_length=LOGO_KEY_MAX, blank=True, default="", db_default="", editable=False
    )
    logo_sha256 = models.CharField(
        _("empreinte du logo"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    certifier = models.CharField(
        _("organisme certificateur"), max_length=CERTIFIER_MAX, blank=True, default=""
    )
    certificate_number = models.CharField(
        _("numéro de certificat"), max_length=CERTIFICATE_MAX, blank=True, default=""
    )
    first_certified_on = models.DateField(_("première certification"), null=True, blank=True)
    certified_until = models.DateField(_("fin du certificat"), null=True, blank=True)
    last_audit_on = models.DateField(_("dernier audit"), null=True, blank=True)
    next_audit_kind = models.CharField(
        _("prochain audit"), max_length=20, choices=AuditKind, blank=True, default=""
    )
    next_audit_on = models.DateField(_("date du prochain audit"), null=True, blank=True)
    # Announced to those who complain. Units: working days after a complaint was received.
    acknowledge_days = models.PositiveSmallIntegerField(
        _("délai d’accusé de réception"), default=ACKNOWLEDGE_DAYS
    )
    answer_days = models.PositiveSmallIntegerField(_("délai de réponse"), default=ANSWER_DAYS)
    # Columns of improvement plans; their defaults stand in the database too, for code that knows none.
    policy = models.CharField(
        _("rigueur des plans d’amélioration"),
        max_length=20,
        choices=Policy,
        default=Policy.LENIENT,
        db_default=Policy.LENIENT,
    )
    verifier_policy = models.CharField(
        _("efficacité vérifiée par la personne qui a mené le plan"),
        max_length=20,
        choices=VerifierPolicy,
        default=VerifierPolicy.RECORD,
        db_default=VerifierPolicy.RECORD,
    )
    effectiveness_days = models.PositiveSmallIntegerField(
        _("délai de vérification de l’efficacité"),
        default=EFFECTIVENESS_DAYS,
        db_default=EFFECTIVENESS_DAYS,
    )
    recurrence_days = models.PositiveSmallIntegerField(
        _("surveillance des récidives"), default=RECURRENCE_DAYS, db_default=RECURRENCE_DAYS
    )
    # Whether the form at the organisation's own address is open; the default stands in the database too.
    public_complaints = models.BooleanField(
        _("formulaire public de réclamation"), default=False, db_default=False
    )
    # Counted up by every change; the ETag. Without a row it is 0.
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("fiche de l’organisme")
        verbose_name_plural = _("fiches de l’organisme")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=PROFILE_ID), name="organisation_once"),
            models.CheckConstraint(
                condition=Q(categories__contained_by=list(Category.values)),
                name="organisation_categories_known",
            ),
            models.CheckConstraint(
                condition=Q(conditions__contained_by=list(Condition.values)),
                name="organisation_conditions_known",
            ),
            models.CheckConstraint(
                condition=Q(new_entrant__contained_by=F("categories")),
                name="organisation_new_entrant_certified",
            ),
            models.CheckConstraint(
                condition=Q(activity_number="") | Q(activity_number__regex=r"^[0-9]{11}$"),
                name="organisation_activity_number",
            ),
            models.CheckConstraint(
                condition=Q(certified_until__isnull=True)
                | Q(first_certified_on__isnull=True)
                | Q(certified_until__gt=F("first_certified_on")),
                name="organisation_certificate_in_order",
            ),
            models.CheckConstraint(
                condition=Q(next_audit_kind="", next_audit_on__isnull=True)
                | Q(next_audit_kind__in=AuditKind.values, next_audit_on__isnull=False),
                name="organisation_audit_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    acknowledge_days__range=(1, DELAY_MAX), answer_days__range=(1, DELAY_MAX)
                )
                & Q(answer_days__gte=F("acknowledge_days")),
                name="organisation_delays_in_order",
            ),
            one_of("policy", Policy, "organisation_policy_known"),
            one_of("verifier_policy", VerifierPolicy, "organisation_verifier_known"),
            models.CheckConstraint(
                condition=Q(
                    effectiveness_days__range=(1, WATCH_MAX), recurrence_days__range=(1, WATCH_MAX)
                ),
                name="organisation_watch_in_range",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Notre organisme"))

    @property
    def is_filled(self) -> bool:
        """Say whether anything decides which indicators apply."""
        return bool(self.categories)

    @property
    def answers(self) -> Profile:
        """What decides which indicators apply."""
        return Profile(
            categories=frozenset(map(Category, self.categories)),
            conditions=frozenset(map(Condition, self.conditions)),
            new_entrant=frozenset(map(Category, self.new_entrant)),
        )

    @property
    def rules(self) -> Rules:
        """What improvement plans and the answers to complaints are held to."""
        return Rules(
            policy=Policy(self.policy),
            verifier_policy=VerifierPolicy(self.verifier_policy),
            effectiveness_days=self.effectiveness_days,
            recurrence_days=self.recurrence_days,
            acknowledge_days=self.acknowledge_days,
            answer_days=self.answer_days,
            public_complaints=self.public_complaints,
        )

    @property
    def surveillance(self) -> Window | None:
        """When the surveillance audit of the present cycle takes place."""
        return surveillance_window(self.first_certified_on, self.certified_until)

    def audit_day(self, today: date) -> date:
        """Return the day of the planned audit, today without one to come."""
        planned = self.next_audit_on
        return planned if planned is not None and planned >= today else today

    def examined_since(self, today: date) -> date:
        """Return where the period begins that an audit looks at: after the last one, or a year ago."""
        last = self.last_audit_on
        return min(last + timedelta(days=1), today) if last else today - YEAR

    def days_left(self, today: date) -> int | None:
        """Return how many days there are to the planned audit; None without one to come."""
        if self.next_audit_on is None or self.next_audit_on < today:
            return None
        return (self.next_audit_on - today).days
