"""Whether an organisation's public form for complaints is open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0030_free_of_personal_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisationprofile",
            name="public_complaints",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="formulaire public de réclamation"
            ),
        ),
    ]
