"""What was created because a row of an import needed it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0009_copies_by_a_function")]

    operations = [
        migrations.AddField("importedrow", "made", models.JSONField(default=list)),
    ]
