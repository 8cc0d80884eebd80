"""The organisation's profile: one row at most, and its place in the trail."""

import django.contrib.postgres.fields
from django.db import migrations, models

import qualiforma.ids

TABLE = "compliance_organisationprofile"
TRIGGERS = (
    (
        f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
    ),
    (
        f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION audit_record('organisation', 'id', 'id', '{}', '{version}')"
    ),
    (
        f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_functions"),
        ("compliance", "0023_indicator_review_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrganisationProfile",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="org", serialize=False)),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("AF", "Actions de formation"),
                                ("BC", "Bilans de compétences"),
                                ("VAE", "Validation des acquis de l’expérience"),
                                ("CFA", "Formations par apprentissage"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="prestations certifiées",
                    ),
                ),
                (
                    "conditions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("CERTIFYING", "Formations menant à une certification"),
                                ("ALTERNANCE", "Formations en alternance"),
                                ("WORK_PERIODS", "Périodes en situation de travail"),
                                ("SUBCONTRACTING", "Sous-traitance ou portage salarial"),
                                ("OVER_TWO_DAYS", "Formations de plus de deux jours"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="particularités",
                    ),
                ),
                (
                    "new_entrant",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("AF", "Actions de formation"),
                                ("BC", "Bilans de compétences"),
                                ("VAE", "Validation des acquis de l’expérience"),
                                ("CFA", "Formations par apprentissage"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="nouvel entrant pour",
                    ),
                ),
                (
                    "activity_number",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=11,
                        verbose_name="numéro de déclaration d’activité",
                    ),
                ),
                (
                    "certifier",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=200,
                        verbose_name="organisme certificateur",
                    ),
                ),
                (
                    "certificate_number",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="numéro de certificat"
                    ),
                ),
                (
                    "first_certified_on",
                    models.DateField(blank=True, null=True, verbose_name="première certification"),
                ),
                (
                    "certified_until",
                    models.DateField(blank=True, null=True, verbose_name="fin du certificat"),
                ),
                (
                    "last_audit_on",
                    models.DateField(blank=True, null=True, verbose_name="dernier audit"),
                ),
                (
                    "next_audit_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("INITIAL", "Audit initial"),
                            ("SURVEILLANCE", "Audit de surveillance"),
                            ("RENEWAL", "Audit de renouvellement"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="prochain audit",
                    ),
                ),
                (
                    "next_audit_on",
                    models.DateField(blank=True, null=True, verbose_name="date du prochain audit"),
                ),
                (
                    "acknowledge_days",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="délai d’accusé de réception"
                    ),
                ),
                (
                    "answer_days",
                    models.PositiveSmallIntegerField(default=10, verbose_name="délai de réponse"),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "fiche de l’organisme",
                "verbose_name_plural": "fiches de l’organisme",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", "org_profile")), name="organisation_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("categories__contained_by", ["AF", "BC", "VAE", "CFA"])
                        ),
                        name="organisation_categories_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "conditions__contained_by",
                                [
                                    "CERTIFYING",
                                    "ALTERNANCE",
                                    "WORK_PERIODS",
                                    "SUBCONTRACTING",
                                    "OVER_TWO_DAYS",
                                ],
                            )
                        ),
                        name="organisation_conditions_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("new_entrant__contained_by", models.F("categories"))),
                        name="organisation_new_entrant_certified",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("activity_number", ""),
                            ("activity_number__regex", "^[0-9]{11}$"),
                            _connector="OR",
                        ),
                        name="organisation_activity_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("certified_until__isnull", True),
                            ("first_certified_on__isnull", True),
                            ("certified_until__gt", models.F("first_certified_on")),
                            _connector="OR",
                        ),
                        name="organisation_certificate_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_audit_kind", ""), ("next_audit_on__isnull", True)),
                            models.Q(
                                ("next_audit_kind__in", ["INITIAL", "SURVEILLANCE", "RENEWAL"]),
                                ("next_audit_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="organisation_audit_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledge_days__range", (1, 60)),
                            ("answer_days__range", (1, 60)),
                            ("answer_days__gte", models.F("acknowledge_days")),
                        ),
                        name="organisation_delays_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(list(TRIGGERS), reverse_sql=migrations.RunSQL.noop),
    ]
