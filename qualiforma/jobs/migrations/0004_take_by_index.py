"""Take the next job by its index, whatever the table's statistics say.

Asked for one queue and one lane in the order of ids, the planner could also walk the ids from the lowest,
past every job of the others: it did so once a queue of 10,000 had been analyzed. `BETWEEN x AND x` says
the same as `= x`, and keeps the column in the order, which only `jobs_lane_idx` has.
"""

from importlib import import_module

from django.db import migrations

before = import_module("qualiforma.jobs.migrations.0002_round_robin")
TAKE = """
    CREATE OR REPLACE FUNCTION jobs_take(
        queue text, worker bigint, last_lane text, with_long boolean, due_by timestamptz
    ) RETURNS SETOF procrastinate_jobs LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
    SET enable_incremental_sort = off
    AS $$
    DECLARE
        level bigint := 2147483648;
        here text;
        is_second_half boolean;
    BEGIN
        LOOP
            level := (
                SELECT job.priority FROM procrastinate_jobs job
                WHERE job.status = 'todo' AND job.queue_name BETWEEN queue AND queue
                  AND job.priority < level
                  AND (job.scheduled_at IS NULL OR job.scheduled_at <= due_by)
                ORDER BY job.queue_name, job.priority DESC LIMIT 1
            );
            EXIT WHEN level IS NULL;
            -- The lanes after the last one that was served, then those up to it.
            is_second_half := false;
            here := last_lane;
            LOOP
                here := (
                    SELECT jobs_lane(job.lock, job.args) FROM procrastinate_jobs job
                    WHERE job.status = 'todo' AND job.queue_name = queue AND job.priority = level
                      AND jobs_lane(job.lock, job.args) > here
                      AND (job.scheduled_at IS NULL OR job.scheduled_at <= due_by)
                    ORDER BY jobs_lane(job.lock, job.args), job.id LIMIT 1
                );
                IF here IS NULL AND NOT is_second_half THEN
                    is_second_half := true;
                    here := '';
                    CONTINUE;
                END IF;
                EXIT WHEN here IS NULL OR (is_second_half AND here > last_lane);
                -- A lock is one job's at a time; only long jobs have one (`turns.long_lock`).
                CONTINUE WHEN here LIKE '%:long' AND (NOT with_long OR EXISTS (
                    SELECT FROM procrastinate_jobs job WHERE job.status = 'doing' AND job.lock = here
                ));
                BEGIN
                    RETURN QUERY UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker
                    WHERE procrastinate_jobs.id = (
                        SELECT job.id FROM procrastinate_jobs job
                        WHERE job.status = 'todo' AND job.queue_name = queue
                          AND job.priority = level
                          AND jobs_lane(job.lock, job.args) BETWEEN here AND here
                          AND (job.scheduled_at IS NULL OR job.scheduled_at <= due_by)
                        ORDER BY jobs_lane(job.lock, job.args), job.id
                        LIMIT 1 FOR UPDATE SKIP LOCKED
                    ) RETURNING procrastinate_jobs.*;
                    IF FOUND THEN
                        RETURN;
                    END IF;
                EXCEPTION WHEN unique_violation THEN
                    NULL; -- another worker has taken one of the same lock this instant
                END;
            END LOOP;
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_morning_runs"),
    ]

    operations = [
        migrations.RunSQL(
            TAKE, before.TAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
    ]
