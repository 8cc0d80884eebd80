"""What training records can be, and how an enrollment moves on. Source: api-compliance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    """The four levels, lowest first: their order here is the order of what can be learnt."""

    BEGINNER = "BEGINNER", _("Débutant")
    INTERMEDIATE = "INTERMEDIATE", _("Intermédiaire")
    ADVANCED = "ADVANCED", _("Avancé")
    EXPERT = "EXPERT", _("Expert")

    @property
    def rank(self) -> int:
        """0 for BEGINNER to 3 for EXPERT."""
        return list(Level).index(self)


class EnrollmentStatus(TextChoices):
    """How far a learner is in a course."""

    ACTIVE = "ACTIVE", _("En cours")
    COMPLETED = "COMPLETED", _("Terminée")
    SUSPENDED = "SUSPENDED", _("Suspendue")
    REVOKED = "REVOKED", _("Annulée")


class PaymentMethod(TextChoices):
    """How an enrollment is paid for."""

    FREE = "FREE", _("Gratuit")
    VIVA_ISV = "VIVA_ISV", _("Viva")
    STRIPE = "STRIPE", _("Stripe")


class SessionMode(TextChoices):
    """Where a session takes place."""

    ONSITE = "ONSITE", _("Présentiel")
    REMOTE = "REMOTE", _("À distance")
    HYBRID = "HYBRID", _("Mixte")


class HalfDay(TextChoices):
    """The half-day that a signature is for."""

    AM = "AM", _("Matin")
    PM = "PM", _("Après-midi")


class SignatureMethod(TextChoices):
    """How it was signed."""

    LINK = "LINK", _("Lien personnel")
    QR_CODE = "QR_CODE", _("QR code")
    PAPER = "PAPER", _("Feuille papier")


class QuestionnaireKind(TextChoices):
    """What a questionnaire is for."""

    PRE = "PRE", _("Avant la formation")
    POST = "POST", _("Après la formation")
    SATISFACTION = "SATISFACTION", _("Satisfaction")
    PREREQUISITE = "PREREQUISITE", _("Prérequis")


class RespondentRole(TextChoices):
    """Who answers a questionnaire."""

    LEARNER = "LEARNER", _("Apprenant")
    COMPANY = "COMPANY", _("Entreprise")
    FUNDER = "FUNDER", _("Financeur")
    TRAINER = "TRAINER", _("Formateur")


# COMPLETED and REVOKED are what certificates and timelines stand on: nothing leaves them.
ENROLLMENT_MOVES: dict[EnrollmentStatus, frozenset[EnrollmentStatus]] = {
    EnrollmentStatus.ACTIVE: frozenset(
        {EnrollmentStatus.COMPLETED, EnrollmentStatus.SUSPENDED, EnrollmentStatus.REVOKED}
    ),
    EnrollmentStatus.SUSPENDED: frozenset({EnrollmentStatus.ACTIVE, EnrollmentStatus.REVOKED}),
    EnrollmentStatus.COMPLETED: frozenset(),
    EnrollmentStatus.REVOKED: frozenset(),
}
