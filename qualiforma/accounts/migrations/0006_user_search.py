"""People are searched for by name and address: an index of three letters in a row."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations

from qualiforma.search import searched_text


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_pending_entries")]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=GinIndex(
                OpClass(searched_text("name", "email"), name="gin_trgm_ops"), name="user_search"
            ),
        ),
    ]
