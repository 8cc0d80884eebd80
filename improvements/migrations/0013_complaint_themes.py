"""Themes of complaints: the organisation's own list, and its place in the trail."""

import django.db.models.deletion
from django.db import migrations, models

import qualiforma.ids
import qualiforma.search

TABLE = "improvements_complainttheme"
TRIGGERS = (
    (
        f"CREATE TRIGGER audit_first BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_take_lock()"
    ),
    (
        f"CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION "
        "audit_record('complaint_theme', 'id', 'id', '{}', '{version}')"
    ),
    (
        f"CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_truncate()"
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_functions"),
        ("improvements", "0012_action_list"),
    ]

    operations = [
        migrations.CreateModel(
            name="ComplaintTheme",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="thm", serialize=False)),
                ("name", models.CharField(max_length=100, verbose_name="nom")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("archived", models.BooleanField(default=False, verbose_name="archivé")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "thème de réclamation",
                "verbose_name_plural": "thèmes de réclamation",
                "ordering": ("position", "name", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="theme_name_not_blank",
                    ),
                    models.UniqueConstraint(
                        qualiforma.search.Searchable(models.F("name")), name="theme_name_once"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="complaint",
            name="theme",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="complaints",
                to="improvements.complainttheme",
                verbose_name="thème",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                models.F("theme"),
                models.OrderBy(models.F("received_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="complaint_theme_newest",
            ),
        ),
        migrations.RunSQL(list(TRIGGERS), reverse_sql=migrations.RunSQL.noop),
    ]
