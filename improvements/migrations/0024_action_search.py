"""Actions and reports are searched for by their words: indexes of three letters in a row."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations

from qualiforma.search import searched_text


class Migration(migrations.Migration):
    dependencies = [("improvements", "0023_risks")]

    operations = [
        migrations.AddIndex(
            model_name="correctiveaction",
            index=GinIndex(
                OpClass(searched_text("description"), name="gin_trgm_ops"), name="action_search"
            ),
        ),
        migrations.AddIndex(
            model_name="closingreport",
            index=GinIndex(
                OpClass(searched_text("summary"), name="gin_trgm_ops"), name="report_search"
            ),
        ),
    ]
