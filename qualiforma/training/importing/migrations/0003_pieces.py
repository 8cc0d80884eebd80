"""How far an import is, and what became of each of its rows: it is written in pieces."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATUSES = [
    ("CHECKING", "Vérification en cours"),
    ("CHECKED", "Vérifié"),
    ("IMPORTING", "Import en cours"),
    ("STOPPED", "Interrompu"),
    ("DONE", "Terminé"),
]
BECAME = [
    ("created", "Créée"),
    ("changed", "Modifiée"),
    ("unchanged", "Inchangée"),
    ("refused", "Refusée"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("exchange", "0002_trial_copies"),
    ]

    operations = [
        migrations.RemoveConstraint("recordimport", "record_import_status_known"),
        migrations.AlterField(
            "recordimport",
            "status",
            models.CharField(choices=STATUSES, default="CHECKING", max_length=20),
        ),
        migrations.AddConstraint(
            "recordimport",
            models.CheckConstraint(
                condition=models.Q(("status__in", [value for value, _label in STATUSES])),
                name="record_import_status_known",
            ),
        ),
        migrations.AddField(
            "recordimport", "sha256", models.CharField(blank=True, default="", max_length=64)
        ),
        migrations.AddField("recordimport", "position", models.PositiveIntegerField(default=0)),
        migrations.AlterField(
            "recordimport",
            "started_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("became", models.CharField(choices=BECAME, max_length=10)),
                ("record", models.CharField(blank=True, default="", max_length=40)),
                ("refusals", models.JSONField(default=list)),
                (
                    "running",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="exchange.recordimport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("running", "number"), name="imported_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(("became__in", [value for value, _label in BECAME])),
                        name="imported_row_became_known",
                    ),
                ],
            },
        ),
    ]
