"""The evidence register: what an auditor is shown for each indicator, with its files and reviews.

Versions and reviews never change; nothing is deleted. Source: evidence, "The evidence register".
"""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.querysets import EvidenceQuerySet
from compliance.states import EvidenceKind, EvidenceStatus, ReviewVerdict
from qualiforma.fields import newest, not_blank, one_of, person_key
from qualiforma.ids import IdField
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.search import searched_text

TITLE_MAX = 200
AUTHOR_MAX = 200
DESCRIPTION_MAX = 5000
URL_MAX = 2000
REASON_MAX = 2000
NOTE_MAX = 2000
RECORD_TYPE_MAX = 40
RECORD_ID_MAX = 80
FILE_NAME_MAX = 255
FILE_KEY_MAX = 500


# Unless the contents are confidential: nobody finds them by their words.
PUBLIC_DESCRIPTION = Case(
    When(confidential=False, then=F("description")),
    default=Value(""),
    output_field=models.TextField(),
)
SEARCHED_EVIDENCE = ("title", PUBLIC_DESCRIPTION)


class Evidence(models.Model):
    """One piece of evidence, for one indicator or several."""

    id = IdField(prefix="evd")
    title = models.CharField(_("document"), max_length=TITLE_MAX)
    kind = models.CharField(_("nature"), max_length=20, choices=EvidenceKind)
    # Numbers, never labels: the grid in force on the audit's date gives the label.
    indicators = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("indicateurs"))
    document_date = models.DateField(_("date du document"))
    author = models.CharField(_("auteur"), max_length=AUTHOR_MAX)
    owner = person_key(verbose_name=_("responsable"))
    valid_from = models.DateField(_("valable du"))
    valid_until = models.DateField(_("valable jusqu’au"), null=True, blank=True)
    description = models.TextField(
        _("description"), max_length=DESCRIPTION_MAX, blank=True, default=""
    )
    url = models.CharField(_("adresse"), max_length=URL_MAX, blank=True, default="")
    # A record of the tenant that has a page: its registered type and its id.
    record_type = models.CharField(
        _("type de fiche"), max_length=RECORD_TYPE_MAX, blank=True, default=""
    )
    record_id = models.CharField(_("fiche"), max_length=RECORD_ID_MAX, blank=True, default="")
    confidential = models.BooleanField(_("confidentielle"), default=False)
    status = models.CharField(
        _("statut"), max_length=20, choices=EvidenceStatus, default=EvidenceStatus.ACTIVE
    )
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, blank=True, editable=False)
    withdrawn_by = person_key(verbose_name=_("retirée par"), null=True, blank=True, editable=False)
    withdrawal_reason = models.TextField(
        _("motif du retrait"), max_length=REASON_MAX, blank=True, default=""
    )
    # Kept up to date by the services: the number of files, and the verdict of the last review of
    # the present file.
    file_count = models.PositiveIntegerField(_("fichiers"), default=0, editable=False)
    verdict = models.CharField(
        _("dernière revue"), max_length=20, choices=ReviewVerdict, blank=True, default=""
    )
    created_at = models.DateTimeField(_("ajoutée le"), default=timezone.now, editable=False)
    created_by = person_key(verbose_name=_("ajoutée par"), null=True, blank=True, editable=False)
    # Counted up by every change of the evidence, its files and its reviews; the ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("preuve")
        verbose_name_plural = _("preuves")
        indexes: ClassVar = [
            newest(name="evidence_newest"),
            newest("status", name="evidence_status_newest"),
            newest("owner", name="evidence_owner_newest"),
            newest("kind", name="evidence_kind_newest"),
            newest("record_type", "record_id", name="evidence_record_newest"),
            newest("record_id", name="evidence_record_id_newest"),
            models.Index(fields=["valid_until"], name="evidence_valid_until"),
            GinIndex(fields=["indicators"], name="evidence_indicators"),
            GinIndex(
                OpClass(searched_text(*SEARCHED_EVIDENCE), name="gin_trgm_ops"),
                name="evidence_search",
            ),
        ]
        constraints: ClassVar = [
            one_of("kind", EvidenceKind, "evidence_kind_known"),
            one_of("status", EvidenceStatus, "evidence_status_known"),
            not_blank("title", "evidence_title_not_blank"),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict__in=ReviewVerdict.values),
                name="evidence_verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(indicators__len__gte=1)
                & Q(indicators__contained_by=list(range(1, INDICATOR_MAX + 1))),
                name="evidence_indicators_known",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="evidence_validity_in_order",
            ),
            models.CheckConstraint(
                condition=Q(record_type="", record_id="") | (~Q(record_type="") & ~Q(record_id="")),
                name="evidence_record_whole",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EvidenceKind.RECORD) | ~Q(record_id=""),
                name="evidence_record_named",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EvidenceKind.LINK) | ~Q(url=""), name="evidence_link_named"
            ),
            models.CheckConstraint(
                condition=Q(status=EvidenceStatus.WITHDRAWN, withdrawn_at__isnull=False)
                | Q(status=EvidenceStatus.ACTIVE, withdrawn_at__isnull=True),
                name="evidence_withdrawn_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_expired(self, day: date) -> bool:
        """Say whether its validity has ended before that day."""
        return self.valid_until is not None and self.valid_until < day


class EvidenceVersion(models.Model):
    """A file of a piece of evidence. Never changes; a new file is a new version."""

    id = IdField(prefix="evv")
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, related_name="versions", verbose_name=_("preuve")
    )
    number = models.PositiveIntegerField(_("numéro"))
    # Holds no name of the file: whoever may read the trail may not always read the contents.
    key = models.CharField(_("clé"), max_length=FILE_KEY_MAX)
    name = models.CharField(_("nom du fichier"), max_length=FILE_NAME_MAX)
    size = models.PositiveIntegerField(_("taille"))
    content_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(_("empreinte"), max_length=64)
    # Its uploader said so; only such files are in audit bundles that hide names.
    free_of_personal_data = models.BooleanField(
        _("sans donnée personnelle"), default=False, db_default=False
    )
    note = models.TextField(_("remarque"), max_length=NOTE_MAX, blank=True, default="")
    uploaded_at = models.DateTimeField(_("déposé le"), default=timezone.now, editable=False)
    uploaded_by = person_key(verbose_name=_("déposé par"))

    class Meta:
        verbose_name = _("fichier de preuve")
        verbose_name_plural = _("fichiers de preuve")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evidence", "number"], name="evidence_version_once"),
            models.UniqueConstraint(fields=["key"], name="evidence_version_key_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="evidence_version_from_one"),
        ]

    def __str__(self) -> str:
        return self.name


class EvidenceReview(models.Model):
    """What somebody found when they looked at a piece of evidence again. Never changes."""

    id = IdField(prefix="evr")
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("preuve")
    )
    verdict = models.CharField(_("avis"), max_length=20, choices=ReviewVerdict)
    comment = models.TextField(_("commentaire"), max_length=NOTE_MAX, blank=True, default="")
    reviewed_at = models.DateTimeField(_("revue le"), default=timezone.now, editable=False)
    reviewed_by = person_key(verbose_name=_("revue par"))

    class Meta:
        verbose_name = _("revue de preuve")
        verbose_name_plural = _("revues de preuve")
        indexes: ClassVar = [
            models.Index(
                F("evidence"),
                F("reviewed_at").desc(),
                F("id").desc(),
                name="evidence_review_newest",
            )
        ]
        constraints: ClassVar = [
            one_of("verdict", ReviewVerdict, "evidence_review_verdict_known"),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()
