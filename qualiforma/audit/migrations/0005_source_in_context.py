"""The source of a change may stand in its transaction's context: a session's setting reaches no node.

Behind a pooler that hands sessions out for a transaction each, nothing of a session is ours either.
"""

from importlib import import_module

from django.db import migrations

before = import_module("qualiforma.audit.migrations.0004_version_2")

OLD = "v_door text := coalesce(current_setting('qualiforma.door', true), '');"
NEW = "v_door text := coalesce(v_said ->> 'door', current_setting('qualiforma.door', true), '');"
RECORD = before.RECORD.replace(OLD, NEW)
if RECORD == before.RECORD:
    raise ImportError("The function of the trail is not the one that this migration changes.")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_version_2")]

    operations = [migrations.RunSQL([RECORD], reverse_sql=[before.RECORD])]
