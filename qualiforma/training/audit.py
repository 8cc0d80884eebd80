"""How training records stand in the audit trail, and what is done to them is called."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, exclude, register
from qualiforma.training.models import (
    Attendance,
    Certificate,
    CertificateYear,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)

register(Company, "company", skipped=["version"])
register(Course, "course", skipped=["version"])
register(Enrollment, "enrollment", skipped=["version"])
register(TrainingSession, "training_session", skipped=["version"])
register(Attendance, "attendance", root="enrollment")
register(Signature, "signature", root="enrollment")
register(Questionnaire, "questionnaire", skipped=["version"])
# What people answer may say anything of them; the trail keeps that they did.
register(Submission, "submission", root="questionnaire", sensitive=["answers"])
register(Certificate, "certificate", root="enrollment")
exclude(CertificateYear, because="a counter; each certificate that it numbers is an entry")

describe_action("training.company.created", _("%(actor)s a enregistré l’entreprise"))
describe_action("training.company.changed", _("%(actor)s a modifié l’entreprise"))
describe_action("training.course.created", _("%(actor)s a ajouté la formation au catalogue"))
describe_action("training.course.changed", _("%(actor)s a modifié la formation"))
describe_action("training.enrollment.created", _("%(actor)s a inscrit la personne à la formation"))
describe_action("training.enrollment.changed", _("%(actor)s a modifié l’inscription"))
describe_action(
    "training.enrollment.completed", _("%(actor)s a marqué l’inscription comme terminée")
)
describe_action("training.enrollment.suspended", _("%(actor)s a suspendu l’inscription"))
describe_action("training.enrollment.resumed", _("%(actor)s a repris l’inscription"))
describe_action("training.enrollment.revoked", _("%(actor)s a annulé l’inscription"))
describe_action("training.session.created", _("%(actor)s a planifié la session"))
describe_action("training.session.changed", _("%(actor)s a modifié la session"))
describe_action("training.attendance.recorded", _("%(actor)s a noté une présence ou une absence"))
describe_action("training.signature.recorded", _("%(actor)s a enregistré un émargement"))
describe_action("training.signature.corrected", _("%(actor)s a corrigé un émargement"))
describe_action("training.questionnaire.created", _("%(actor)s a créé le questionnaire"))
describe_action("training.questionnaire.changed", _("%(actor)s a modifié le questionnaire"))
describe_action(
    "training.submission.recorded", _("%(actor)s a enregistré une réponse au questionnaire")
)
describe_action("training.certificate.issued", _("%(actor)s a délivré l’attestation"))
describe_action("training.demo.loaded", _("%(actor)s a chargé la démonstration de la formation"))
describe_action("training.records.imported", _("%(actor)s a importé des fiches"))
describe_action("training.records.exported", _("%(actor)s a exporté des fiches"))
