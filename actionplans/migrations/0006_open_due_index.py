"""Say which actions are open as a dump of the schema says it, so that replay and migrations agree."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("actionplans", "0005_exports_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="action",
            name="planaction_open_due",
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(
                    ("base_status", "PENDING"), ("base_status", "IN_PROGRESS"), _connector="OR"
                ),
                fields=["due_date", "id"],
                name="planaction_open_due",
            ),
        ),
    ]
