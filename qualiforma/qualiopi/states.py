"""Names of the referential: grids, categories of services, conditions, grades of non-conformity."""

from enum import Enum, auto

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GridCode(TextChoices):
    """Which list of indicators an audit goes by. Its day decides."""

    V9 = "V9", _("Référentiel jusqu’au 31 octobre 2026 (guide de lecture V9)")
    G2026 = "2026", _("Référentiel à compter du 1er novembre 2026 (décret 2026-728)")


class Category(TextChoices):
    """What an organisation is certified for."""

    AF = "AF", _("Actions de formation")
    BC = "BC", _("Bilans de compétences")
    VAE = "VAE", _("Validation des acquis de l’expérience")
    CFA = "CFA", _("Formations par apprentissage")


class Condition(TextChoices):
    """What an indicator depends on, beside the category."""

    CERTIFYING = "CERTIFYING", _("Formations menant à une certification")
    ALTERNANCE = "ALTERNANCE", _("Formations en alternance")
    WORK_PERIODS = "WORK_PERIODS", _("Périodes en situation de travail")
    SUBCONTRACTING = "SUBCONTRACTING", _("Sous-traitance ou portage salarial")
    OVER_TWO_DAYS = "OVER_TWO_DAYS", _("Formations de plus de deux jours")


class Policy(TextChoices):
    """What becomes of an improvement plan's step when something is missing."""

    LENIENT = "LENIENT", _("Souple : accepté, et signalé comme non renseigné")
    STRICT = "STRICT", _("Stricte : refusé tant que tout n’est pas renseigné")


class VerifierPolicy(TextChoices):
    """Whether those who did the work may check its effect."""

    OFF = "OFF", _("Sans vérification")
    RECORD = "RECORD", _("Permis, et signalé")
    ENFORCE = "ENFORCE", _("Refusé")


class Subject(Enum):
    """What the records of this product show, each under the indicator whose row names it."""

    NEED = auto()
    CONTENT = auto()
    POSITIONING = auto()
    INFORMATION = auto()
    ADAPTATION = auto()
    ACHIEVEMENT = auto()
    ENGAGEMENT = auto()  # attendance and signatures, which belong to no indicator by name
    VIEWS = auto()
    COMPLAINTS = auto()
    IMPROVEMENT = auto()


class Grade(TextChoices):
    """How a non-conformity may be graded."""

    MINOR_OR_MAJOR = "MINOR_OR_MAJOR", _("Mineure ou majeure")
    MAJOR = "MAJOR", _("Toujours majeure")


class Exclusion(TextChoices):
    """Why an indicator does not apply to an organisation."""

    CATEGORY = "CATEGORY", _("Aucune de vos catégories de prestations n’est concernée.")
    CERTIFYING = "CERTIFYING", _("Aucune de vos formations ne mène à une certification.")
    ALTERNANCE = "ALTERNANCE", _("Vous ne proposez aucune formation en alternance.")
    WORK_PERIODS = "WORK_PERIODS", _("Vos formations ne comptent aucune période en entreprise.")


class AuditKind(TextChoices):
    """Which audit of the cycle of three years."""

    INITIAL = "INITIAL", _("Audit initial")
    SURVEILLANCE = "SURVEILLANCE", _("Audit de surveillance")
    RENEWAL = "RENEWAL", _("Audit de renouvellement")


class FindingSeverity(TextChoices):
    """How grave a non-conformity is."""

    MINOR = "MINOR", _("Mineure")
    MAJOR = "MAJOR", _("Majeure")
