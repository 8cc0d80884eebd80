"""The days by which complaints are to be acknowledged and answered; what is late is found by index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("improvements", "0013_complaint_themes"),
    ]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="acknowledge_by",
            field=models.DateField(
                blank=True,
                editable=False,
                null=True,
                verbose_name="accusé de réception attendu le",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="answer_by",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="réponse attendue le"
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(
                    ("acknowledged_at__isnull", True), ("resolved_at__isnull", True)
                ),
                fields=["acknowledge_by", "id"],
                name="complaint_to_acknowledge",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=["answer_by", "id"],
                name="complaint_to_answer",
            ),
        ),
    ]
