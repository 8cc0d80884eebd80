"""What the application role may do in each schema: data, never structure.

Explicit grants on existing tables rather than default privileges, so that a table may be kept
read-only (the list of migrations, the audit trail) and a dump carries them.
"""

from django.conf import settings
from django.db import connection, transaction

# Tables that the application reads and never writes, in every schema.
READ_ONLY_TABLES = ("django_migrations",)
# What the application may do to the audit trail, which is in every schema but `public`: read it,
# lock its row (a lock needs the right to update, which a trigger refuses), hand entries over.
TRAIL_RIGHTS = {"audit_event": "SELECT", "audit_lock": "SELECT, UPDATE", "audit_entry": "INSERT"}
# Tables of `public` that the application writes.
SHARED_WRITABLE_TABLES = (
    "throttles_counter",
    "tenants_storagemark",
    "jobs_jobeffect",
    "jobs_jobtrouble",
    "jobs_morningrun",
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_workers",
    "procrastinate_periodic_defers",
)


def grant_to_application(schema: str) -> None:
    """Grant the application role its rights in `schema`. Runs as the owner; idempotent.

    `public` is read-only but for counters and the queue: tenants are made and changed by the
    owner's commands.
    """
    role = connection.ops.quote_name(settings.DATABASE_APPLICATION_ROLE)
    name = connection.ops.quote_name(schema)
    rights = "SELECT" if schema == "public" else "SELECT, INSERT, UPDATE, DELETE"
    narrower = dict.fromkeys(READ_ONLY_TABLES, "SELECT")
    if schema != "public":
        narrower |= TRAIL_RIGHTS
    # At once: between the wide grant and the narrower ones the trail would be open.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA {name} TO {role}")
        cursor.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA {name} TO {role}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {role}")
        for table in SHARED_WRITABLE_TABLES if schema == "public" else ():
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"GRANT INSERT, UPDATE, DELETE ON {name}.{quoted} TO {role}")
        for table, narrow in narrower.items():
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name}.{quoted} FROM {role}")
            cursor.execute(f"GRANT {narrow} ON {name}.{quoted} TO {role}")
