"""Files of a complaint: the letter that was received, the answer that was sent."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models.complaints import Complaint
from improvements.models.reports import ATTACHMENT_KEY_MAX, ATTACHMENT_NAME_MAX
from qualiforma.fields import person_key
from qualiforma.ids import IdField


class ComplaintAttachment(models.Model):
    """A stored file of a complaint. The row is what makes the file part of the record."""

    id = IdField(prefix="caf")
    complaint = models.ForeignKey(
        Complaint,
        on_delete=models.PROTECT,
        related_name="attachments",
        verbose_name=_("réclamation"),
    )
    key = models.CharField(_("clé"), max_length=ATTACHMENT_KEY_MAX)
    name = models.CharField(_("nom du fichier"), max_length=ATTACHMENT_NAME_MAX)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("taille"))
    sha256 = models.CharField(_("empreinte"), max_length=64)
    uploaded_by = person_key(verbose_name=_("déposé par"))
    created_at = models.DateTimeField(_("déposé le"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("pièce jointe d’une réclamation")
        verbose_name_plural = _("pièces jointes de réclamations")
        indexes: ClassVar = [
            models.Index(
                F("complaint"),
                F("created_at").desc(),
                F("id").desc(),
                name="complaint_file_newest",
            )
        ]
        # Not `unique=True`, which adds an index for LIKE.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="complaint_file_key_once")
        ]

    def __str__(self) -> str:
        return self.name
