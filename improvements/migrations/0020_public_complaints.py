"""Complaints by an organisation's public form: whose address they came with, and their origin."""

from django.db import migrations, models

ORIGINS = [("STAFF", "Saisie dans l’application"), ("PUBLIC_FORM", "Formulaire public")]


class Migration(migrations.Migration):
    dependencies = [
        ("improvements", "0019_free_of_personal_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="complainant_email",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=254,
                verbose_name="e-mail de l’auteur",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="consented_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="consentement donné le"
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="origin",
            field=models.CharField(
                choices=ORIGINS,
                db_default="STAFF",
                default="STAFF",
                editable=False,
                max_length=20,
                verbose_name="origine",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                models.F("origin"),
                models.OrderBy(models.F("received_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="complaint_origin_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["STAFF", "PUBLIC_FORM"])),
                name="complaint_origin_known",
            ),
        ),
    ]
