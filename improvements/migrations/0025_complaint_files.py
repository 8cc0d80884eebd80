"""The files of complaints; their place in the trail."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids

# Table: object type, key column, root column, sensitive columns, skipped columns.
TABLES = {
    "improvements_complaintattachment": (
        "complaint_attachment",
        "id",
        "complaint_id",
        "{}",
        "{}",
    ),
}


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
        ("improvements", "0024_action_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ComplaintAttachment",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="caf", serialize=False)),
                ("key", models.CharField(max_length=500, verbose_name="clé")),
                ("name", models.CharField(max_length=255, verbose_name="nom du fichier")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="taille")),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="déposé le"
                    ),
                ),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="improvements.complaint",
                        verbose_name="réclamation",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="déposé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce jointe d’une réclamation",
                "verbose_name_plural": "pièces jointes de réclamations",
                "indexes": [
                    models.Index(
                        models.F("complaint"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="complaint_file_newest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="complaint_file_key_once")
                ],
            },
        ),
        migrations.RunSQL(
            [one for table, arguments in TABLES.items() for one in triggers(table, arguments)],
            reverse_sql=[
                f"DROP TRIGGER {name} ON {table}"
                for table in TABLES
                for name in ("audit_first", "audit_record", "audit_truncate")
            ],
        ),
    ]
