"""Find the next lane by its index, too, whatever the table's statistics say: see 0004."""

from importlib import import_module

from django.db import migrations

before = import_module("qualiforma.jobs.migrations.0004_take_by_index")
EQUAL = """WHERE job.status = 'todo' AND job.queue_name = queue AND job.priority = level
                      AND jobs_lane(job.lock, job.args) > here"""
ORDER = "ORDER BY jobs_lane(job.lock, job.args), job.id LIMIT 1\n                );"
BETWEEN = EQUAL.replace("job.queue_name = queue", "job.queue_name BETWEEN queue AND queue")
FULL_ORDER = ORDER.replace("ORDER BY ", "ORDER BY job.queue_name, job.priority DESC, ")
TAKE = before.TAKE.replace(EQUAL, BETWEEN).replace(ORDER, FULL_ORDER)


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_take_by_index"),
    ]

    operations = [
        migrations.RunSQL(TAKE, before.TAKE),
    ]
