"""Where an organisation is, and who signs for it: what certificates and learners' files are headed with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0031_public_complaints"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisationprofile",
            name="address",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                max_length=500,
                verbose_name="adresse",
            ),
        ),
        migrations.AddField(
            model_name="organisationprofile",
            name="representative",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=200,
                verbose_name="représentant légal",
            ),
        ),
    ]
