"""Fill the delays of the complaints that are there, by what the organisation announces today.

The trail says so of each: under an action of its own. Run twice, it finds nothing left to fill.
"""

from zoneinfo import ZoneInfo

from django.db import migrations

from qualiforma.working_days import working_day_after

PARIS = ZoneInfo("Europe/Paris")
CONTEXT = '{"action": "improvements.complaint.delays_set"}'
ACKNOWLEDGE_DAYS, ANSWER_DAYS = 2, 10
FILL = """
UPDATE improvements_complaint AS complaint
SET acknowledge_by = filled.acknowledge_by, answer_by = filled.answer_by
FROM unnest(%s::text[], %s::date[], %s::date[]) AS filled (id, acknowledge_by, answer_by)
WHERE complaint.id = filled.id
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, received_at FROM improvements_complaint WHERE answer_by IS NULL ORDER BY id"
        )
        found = cursor.fetchall()
        if not found:
            return
        days = announced(cursor)
        ids, received = zip(*found, strict=True)
        received_on = [one.astimezone(PARIS).date() for one in received]
        due = [[working_day_after(day, number) for day in received_on] for number in days]
        cursor.execute("SELECT coalesce(current_setting('qualiforma.context', true), '')")
        before = cursor.fetchone()[0]
        cursor.execute("SET LOCAL qualiforma.context = %s", [CONTEXT])
        cursor.execute(FILL, [list(ids), *due])
        cursor.execute("SET LOCAL qualiforma.context = %s", [before])


def announced(cursor):
    """Return the delays in the organisation's profile, which another app keeps; else the defaults."""
    cursor.execute("SELECT to_regclass('compliance_organisationprofile')")
    if cursor.fetchone()[0] is not None:
        cursor.execute("SELECT acknowledge_days, answer_days FROM compliance_organisationprofile")
        row = cursor.fetchone()
        if row:
            return row
    return ACKNOWLEDGE_DAYS, ANSWER_DAYS


class Migration(migrations.Migration):
    dependencies = [
        ("improvements", "0014_complaint_delays"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
