from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_report_sha256")]

    operations = [
        migrations.AddField(
            model_name="recordimport",
            name="alphabet",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="recordimport",
            name="shown",
            field=models.JSONField(default=dict),
        ),
    ]
