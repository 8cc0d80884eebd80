"""Views of lists that people keep for themselves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids


class Migration(migrations.Migration):
    dependencies = [
        ("followup", "0002_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="lsv", serialize=False)),
                ("page", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                ("query", models.CharField(blank=True, max_length=2000)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "vue d’une liste",
                "verbose_name_plural": "vues de listes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "page", "name"), name="saved_view_name_once"
                    )
                ],
            },
        ),
    ]
