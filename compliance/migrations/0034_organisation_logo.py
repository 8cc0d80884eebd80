"""The logo that an organisation's login page shows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0033_whole_versions_in_two_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisationprofile",
            name="logo",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=300,
                verbose_name="logo",
            ),
        ),
        migrations.AddField(
            model_name="organisationprofile",
            name="logo_sha256",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=64,
                verbose_name="empreinte du logo",
            ),
        ),
    ]
