"""The certificate that a training took place, worded as the ministry of labour's model.

Source: article R. 6332-26 of the labour code, and the model « certificat de réalisation » that goes
with it. It says what the records hold; what they do not hold is left open, to be filled in by hand.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from compliance.models import OrganisationProfile
from compliance.services import read_organisation
from qualiforma import audit, pdf
from qualiforma.accounts.actor import Actor
from qualiforma.audit.registry import recorded_models
from qualiforma.qualiopi.states import Category
from qualiforma.tenants.context import tenant_or_none
from qualiforma.training.models import Certificate

OPEN = "…………………………"
TICKED, UNTICKED = "[X]", "[  ]"
MINUTES_OF_AN_HOUR, SECONDS_OF_A_MINUTE = 60, 60
# The last line of a French address: its postal code, then the town.
TOWN = re.compile(r"^[0-9]{5}\s+(.+)$", re.MULTILINE)


def export_certificate(*, certificate: Certificate, actor: Actor) -> bytes:
    """Return the certificate as PDF and enter the export in the trail. Made before that is locked."""
    content = certificate_pdf(certificate)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic(), audit.action("compliance.certificate.exported", actor=actor):
        kind = recorded_models[Certificate].object_type
        audit.log_event(kind, certificate.pk, format="pdf", sha256=digest)
    return content


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as PDF/A, the same bytes as long as the records are the same.

    Cost: two statements, and about 50 ms.
    """
    enrollment, profile, tenant = certificate.enrollment, read_organisation(), tenant_or_none()
    name = tenant.name if tenant else ""
    document = pdf.Document(
        title=_("Certificat de réalisation"),
        organisation=name,
        subtitle=_("N° %s") % certificate.number,
        header=_("Certificat de réalisation"),
        footer=_("Établi le %s") % _day(certificate.issued_at),
        blocks=[
            pdf.facts(organisation_facts(profile)),
            pdf.paragraph(""),
            pdf.paragraph(
                _(
                    "Je soussigné(e) %(who)s, représentant légal du dispensateur de l’action "
                    "concourant au développement des compétences %(organisation)s,"
                )
                % {"who": profile.representative or OPEN, "organisation": name}
            ),
            pdf.heading(_("Atteste que :")),
            pdf.facts(_training_facts(enrollment)),
            pdf.heading(
                _("Nature de l’action concourant au développement des compétences"), level=3
            ),
            *(pdf.paragraph(f"{mark} {label}") for mark, label in _natures(profile)),
            pdf.paragraph(""),
            pdf.paragraph(_keeping()),
            pdf.paragraph(""),
            pdf.facts(_signed(certificate, profile)),
        ],
    )
    return pdf.render_pdf(document, made_at=certificate.issued_at)


def organisation_facts(profile: OrganisationProfile) -> list[tuple[str, str]]:
    """Return what a document is headed with: the organisation's name, address and number."""
    tenant = tenant_or_none()
    return [
        (_("Organisme"), tenant.name if tenant else ""),
        (_("Adresse"), profile.address),
        (_("Déclaration d’activité"), profile.activity_number),
    ]


def _training_facts(enrollment: Any) -> list[tuple[str, str]]:
    attended = list(
        enrollment.attendances.filter(attended=True)
        .select_related("session")
        .order_by("session__starts_at", "pk")
    )
    begins, ends = enrollment.enrolled_at, enrollment.completed_at
    if attended:
        begins = attended[0].session.starts_at
        ends = max(one.session.ends_at for one in attended)
    period = _("du %(first)s au %(last)s") % {
        "first": _day(begins),
        "last": _day(ends) if ends else OPEN,
    }
    return [
        (_("Mme / M."), enrollment.user.name),
        (_("Salarié(e) de"), str(enrollment.company or "")),
        (_("A suivi l’action"), str(enrollment.course)),
        (_("Qui s’est déroulée"), period),
        (_("Pour une durée de"), _("%s heures") % (_hours(attended) or OPEN)),
    ]


def _hours(attended: list[Any]) -> str:
    """Return how long the learner was there: minutes as noted, else the length of the session."""
    minutes = 0.0
    for one in attended:
        lasted = (one.session.ends_at - one.session.starts_at).total_seconds()
        minutes += lasted / SECONDS_OF_A_MINUTE if one.minutes is None else one.minutes
    hours = round(minutes / MINUTES_OF_AN_HOUR, 2)
    return number_format(f"{hours:.2f}".rstrip("0").rstrip(".")) if hours else ""


def _natures(profile: OrganisationProfile) -> list[tuple[str, str]]:
    """Return the four natures; ticked is the one kind of service that the organisation has, if so."""
    labels = {
        Category.AF: _("action de formation"),
        Category.BC: _("bilan de compétences"),
        Category.VAE: _("action de validation des acquis de l’expérience"),
        Category.CFA: _("action de formation par apprentissage"),
    }
    only = profile.categories[0] if len(profile.categories) == 1 else None
    return [(TICKED if one == only else UNTICKED, label) for one, label in labels.items()]


def _keeping() -> str:
    return _(
        "Sans préjudice des délais imposés par les règles fiscales, comptables ou commerciales, je "
        "m’engage à conserver l’ensemble des pièces justificatives qui ont permis d’établir le présent "
        "certificat pendant une durée de trois ans à compter de la fin de l’année du dernier paiement. "
        "En cas de cofinancement des fonds européens, la durée de conservation est étendue "
        "conformément aux obligations conventionnelles spécifiques."
    )


def _signed(certificate: Certificate, profile: OrganisationProfile) -> list[tuple[str, str]]:
    towns = TOWN.findall(profile.address)
    return [
        (_("Fait à"), towns[-1] if towns else OPEN),
        (_("Le"), _day(certificate.issued_at)),
        (_("Cachet et signature"), profile.representative or OPEN),
    ]


def _day(instant: datetime) -> str:
    return date_format(timezone.localdate(instant), "DATE_FORMAT")
