"""What an import is asked to create where a row names a record that is not there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0007_rows_without_identity")]

    operations = [
        migrations.AddField("recordimport", "creates", models.JSONField(default=list)),
    ]
