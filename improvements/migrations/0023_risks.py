"""The register of risks and its reviews, which never change; their place in the trail."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids
import qualiforma.search

# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "improvements_risk": ("risk", "id", "id", "{}", "{version}"),
    "improvements_riskreview": ("risk_review", "id", "id", "{}", "{}"),
}
REVIEW_EVIDENCE = (
    "CREATE TRIGGER evidence BEFORE UPDATE OR DELETE ON improvements_riskreview "
    "FOR EACH ROW EXECUTE FUNCTION training_evidence()"
)


def triggers(table, arguments):
    quoted = ", ".join(f"'{one}'" for one in arguments)
    return [
        (
            f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
        ),
        (
            f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_record({quoted})"
        ),
        (
            f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_functions"),
        ("training", "0002_rules"),
        ("improvements", "0022_effectiveness_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Risk",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="rsk", serialize=False)),
                ("title", models.CharField(max_length=200, verbose_name="risque")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "indicators",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="indicateurs",
                    ),
                ),
                (
                    "likelihood",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "1 – Rare"),
                            (2, "2 – Possible"),
                            (3, "3 – Probable"),
                            (4, "4 – Quasi certain"),
                        ],
                        verbose_name="probabilité",
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "1 – Faible"),
                            (2, "2 – Modérée"),
                            (3, "3 – Forte"),
                            (4, "4 – Majeure"),
                        ],
                        verbose_name="gravité",
                    ),
                ),
                (
                    "level",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("likelihood"), "*", models.F("severity")
                        ),
                        output_field=models.PositiveSmallIntegerField(verbose_name="niveau"),
                        verbose_name="niveau",
                    ),
                ),
                (
                    "treatment",
                    models.CharField(
                        choices=[
                            ("ACCEPT", "Accepter"),
                            ("REDUCE", "Réduire"),
                            ("AVOID", "Éviter"),
                            ("TRANSFER", "Transférer"),
                        ],
                        max_length=20,
                        verbose_name="traitement",
                    ),
                ),
                (
                    "measures",
                    models.TextField(blank=True, default="", verbose_name="mesures prises"),
                ),
                ("reviewed_on", models.DateField(verbose_name="revu le")),
                ("next_review_on", models.DateField(verbose_name="prochaine revue le")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "À traiter"),
                            ("CONTROLLED", "Maîtrisé"),
                            ("CLOSED", "Clos"),
                        ],
                        default="OPEN",
                        max_length=20,
                        verbose_name="statut",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="responsable",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="risks",
                        to="improvements.improvementplan",
                        verbose_name="plan d’amélioration",
                    ),
                ),
            ],
            options={
                "verbose_name": "risque",
                "verbose_name_plural": "risques",
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_newest",
                    ),
                    models.Index(
                        models.F("status"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_status_newest",
                    ),
                    models.Index(
                        models.F("treatment"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_treatment_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_owner_newest",
                    ),
                    models.Index(
                        models.F("plan"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_plan_newest",
                    ),
                    models.Index(fields=["level", "id"], name="risk_level"),
                    models.Index(fields=["next_review_on", "id"], name="risk_next_review"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["indicators"], name="risk_indicators"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            qualiforma.search.Searchable(
                                django.db.models.functions.text.Concat(
                                    models.F("title"),
                                    models.Value(" "),
                                    models.F("description"),
                                    models.Value(" "),
                                    models.F("measures"),
                                    output_field=models.TextField(),
                                )
                            ),
                            name="gin_trgm_ops",
                        ),
                        name="risk_search",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="risk_title_not_blank",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("treatment__in", ["ACCEPT", "REDUCE", "AVOID", "TRANSFER"])
                        ),
                        name="risk_treatment_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["OPEN", "CONTROLLED", "CLOSED"])),
                        name="risk_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("likelihood__range", (1, 4)), ("severity__range", (1, 4))
                        ),
                        name="risk_level_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("next_review_on__gt", models.F("reviewed_on"))),
                        name="risk_reviewed_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RiskReview",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="rrv", serialize=False)),
                ("reviewed_on", models.DateField(verbose_name="date de la revue")),
                ("participants", models.TextField(verbose_name="participants")),
                ("decisions", models.TextField(verbose_name="décisions")),
                ("assessments", models.JSONField(editable=False, verbose_name="risques revus")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="enregistrée le",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enregistrée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "revue des risques",
                "verbose_name_plural": "revues des risques",
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("reviewed_on"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="risk_review_newest",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("participants", ""), _negated=True),
                        name="risk_review_participants_not_blank",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decisions", ""), _negated=True),
                        name="risk_review_decisions_not_blank",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            [
                REVIEW_EVIDENCE,
                *(one for table, arguments in TABLES.items() for one in triggers(table, arguments)),
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
