"""How training records stand in the audit trail, and what is done to them is called."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import leave_out, register, say
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
leave_out(CertificateYear, because="a counter; each certificate that it numbers is an entry")

say("training.company.created", _("%(actor)s a enregistré l’entreprise"))
say("training.company.changed", _("%(actor)s a modifié l’entreprise"))
say("training.course.created", _("%(actor)s a ajouté la formation au catalogue"))
say("training.course.changed", _("%(actor)s a modifié la formation"))
say("training.enrollment.created", _("%(actor)s a inscrit la personne à la formation"))
say("training.enrollment.changed", _("%(actor)s a modifié l’inscription"))
say("training.enrollment.completed", _("%(actor)s a marqué l’inscription comme terminée"))
say("training.enrollment.suspended", _("%(actor)s a suspendu l’inscription"))
say("training.enrollment.resumed", _("%(actor)s a repris l’inscription"))
say("training.enrollment.revoked", _("%(actor)s a annulé l’inscription"))
say("training.session.created", _("%(actor)s a planifié la session"))
say("training.session.changed", _("%(actor)s a modifié la session"))
say("training.attendance.recorded", _("%(actor)s a noté une présence ou une absence"))
say("training.signature.recorded", _("%(actor)s a enregistré un émargement"))
say("training.signature.corrected", _("%(actor)s a corrigé un émargement"))
say("training.questionnaire.created", _("%(actor)s a créé le questionnaire"))
say("training.questionnaire.changed", _("%(actor)s a modifié le questionnaire"))
say("training.submission.recorded", _("%(actor)s a enregistré une réponse au questionnaire"))
say("training.certificate.issued", _("%(actor)s a délivré l’attestation"))
say("training.demo.loaded", _("%(actor)s a chargé la démonstration de la formation"))
say("training.records.imported", _("%(actor)s a importé des fiches"))
say("training.records.exported", _("%(actor)s a exporté des fiches"))
