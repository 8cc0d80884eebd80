from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0003_course_words")]

    operations = [
        migrations.AddIndex(
            model_name="company",
            index=models.Index(fields=["name"], name="company_exact_name"),
        ),
    ]
