from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_what_is_shown"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HeadingMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("heading", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=200)),
                ("column", models.CharField(blank=True, default="", max_length=40)),
            ],
            options={
                "verbose_name": "en-tête désigné",
                "verbose_name_plural": "en-têtes désignés",
                "ordering": ("title", "pk"),
            },
        ),
        migrations.RemoveConstraint(
            model_name="recordimport",
            name="record_import_status_known",
        ),
        migrations.AddField(
            model_name="recordimport",
            name="headings",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="recordimport",
            name="status",
            field=models.CharField(
                choices=[
                    ("MAPPING", "Colonnes à désigner"),
                    ("CHECKING", "Vérification en cours"),
                    ("CHECKED", "Vérifié"),
                    ("IMPORTING", "Import en cours"),
                    ("STOPPED", "Interrompu"),
                    ("DONE", "Terminé"),
                ],
                default="CHECKING",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="recordimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["MAPPING", "CHECKING", "CHECKED", "IMPORTING", "STOPPED", "DONE"],
                    )
                ),
                name="record_import_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="headingmapping",
            constraint=models.UniqueConstraint(
                fields=("kind", "heading"), name="heading_mapping_once"
            ),
        ),
    ]
