from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_french")]

    operations = [
        migrations.CreateModel(
            name="StorageMark",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("mark", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "marque du stockage",
                "verbose_name_plural": "marques du stockage",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(id=1), name="storage_mark_is_the_only_one"
                    )
                ],
            },
        )
    ]
