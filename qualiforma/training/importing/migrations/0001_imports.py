"""What is on its way from a page into the records."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordImport",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="rim", serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("file_name", models.CharField(max_length=200)),
                ("upload_key", models.CharField(blank=True, default="", max_length=300)),
                ("report_key", models.CharField(blank=True, default="", max_length=300)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("CHECKING", "Vérification en cours"),
                            ("CHECKED", "Vérifié"),
                            ("IMPORTING", "Import en cours"),
                            ("DONE", "Terminé"),
                        ],
                        default="CHECKING",
                        max_length=20,
                    ),
                ),
                ("mode", models.CharField(blank=True, default="", max_length=20)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("is_written", models.BooleanField(default=False)),
                ("notices", models.JSONField(default=list)),
                ("refusals", models.JSONField(default=list)),
                ("language", models.CharField(max_length=2)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import de fiches",
                "verbose_name_plural": "imports de fiches",
                "indexes": [models.Index(fields=["started_at"], name="record_import_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["CHECKING", "CHECKED", "IMPORTING", "DONE"])
                        ),
                        name="record_import_status_known",
                    )
                ],
            },
        ),
    ]
