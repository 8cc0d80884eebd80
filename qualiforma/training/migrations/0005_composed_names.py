from django.db import migrations, models
from django.db.models import F

from qualiforma.search import REINDEX_SEARCHABLE, searched_text


class Migration(migrations.Migration):
    # The function itself is the public schema's, which is migrated first.
    dependencies = [("training", "0004_company_exact_name")]

    operations = [
        migrations.RunSQL(REINDEX_SEARCHABLE, REINDEX_SEARCHABLE),
        migrations.AddIndex(
            model_name="questionnaire",
            index=models.Index(searched_text("title"), F("id"), name="questionnaire_title"),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(searched_text("title"), F("id"), name="session_title"),
        ),
    ]
