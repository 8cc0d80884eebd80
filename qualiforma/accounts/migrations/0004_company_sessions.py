import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanySession",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="cps", serialize=False)),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("token_generation", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="company_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session des plans d’action",
                "verbose_name_plural": "sessions des plans d’action",
                "indexes": [models.Index(fields=["expires_at"], name="company_session_end")],
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="company_session_digest_once")
                ],
            },
        ),
    ]
