"""Bounds that the forms keep; the columns stay as they are."""

from django.db import migrations, models

BOUNDED = models.TextField(blank=True, default="", max_length=5000, verbose_name="description")


class Migration(migrations.Migration):
    dependencies = [("actionplans", "0006_open_due_index")]

    operations = [
        migrations.AlterField("action", "description", BOUNDED),
        migrations.AlterField("actionplan", "description", BOUNDED.clone()),
    ]
