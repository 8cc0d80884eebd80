"""What of training records a new organisation enters first."""

from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.admin.onboarding import Step, steps
from qualiforma.training.models import Course, Enrollment, TrainingSession

steps += [
    Step(
        20,
        _("Inviter les personnes"),
        _("Formateurs, responsables et apprenants ; chacun choisit son mot de passe par un lien."),
        lambda: User.objects.exclude(role=Role.ADMIN),
        "accounts_user_add",
        "accounts_user_changelist",
    ),
    Step(
        30,
        _("Ajouter les formations"),
        _("Intitulé, durée, objectifs : tout le reste s’y rattache."),
        Course.objects.all,
        "training_course_add",
        "training_course_changelist",
    ),
    Step(
        40,
        _("Planifier les sessions"),
        _("Chacune a sa feuille d’émargement."),
        TrainingSession.objects.all,
        "training_trainingsession_add",
        "training_trainingsession_changelist",
    ),
    Step(
        50,
        _("Inscrire les apprenants"),
        _("Le dossier de chaque apprenant se constitue à partir de son inscription."),
        Enrollment.objects.all,
        "training_enrollment_add",
        "training_enrollment_changelist",
    ),
]
