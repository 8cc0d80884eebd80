"""Mails about complaints."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from improvements.models import Complaint
from qualiforma.mail.kinds import Draft, mail


@mail("improvements.complaint_received")
def complaint_received(*, complaint: str) -> Draft | None:
    """Acknowledge a complaint from the public form by mail; nothing is sent once it is answered.

    Nothing of what they wrote stands in it: anybody may type anybody's address into the form.
    """
    from improvements.services import acknowledge_by_mail  # which queues this mail

    row = Complaint.objects.filter(pk=complaint, resolved_at__isnull=True).first()
    if row is None or not row.complainant_email or row.answer_by is None:
        return None
    return Draft(
        to=row.complainant_email,
        subject=_("Nous avons bien reçu votre réclamation"),
        paragraphs=(
            _("Bonjour,"),
            _("nous avons bien reçu votre réclamation le %(received)s. Nous y répondrons au plus tard le %(due)s.")
            % {
                "received": date_format(row.received_at.astimezone(), "DATE_FORMAT"),
                "due": date_format(row.answer_by, "DATE_FORMAT"),
            },
        ),
        afterwards=(
            _("Si vous n’avez rien envoyé, quelqu’un a donné votre adresse par erreur : vous pouvez ignorer ce message."),
        ),
        on_sent=lambda: acknowledge_by_mail(complaint_id=complaint),
    )  # fmt: skip
