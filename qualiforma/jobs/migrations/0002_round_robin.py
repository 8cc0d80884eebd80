"""How a worker takes the next job: by priority, then each organisation in turn.

`jobs_take` stands beside procrastinate's own function, which takes by priority and age alone. It goes
around the lanes that wait, from the one after `last_lane`: an index probe for each, however many jobs
wait. Its planner settings keep it on the index while the table's statistics are those of an empty one.
"""

from django.db import migrations

LANE = """
    CREATE FUNCTION jobs_lane(lock text, args jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT COALESCE(lock, args->>'schema', 'public') COLLATE "C" $$
"""
INDEX = """
    CREATE INDEX jobs_lane_idx ON procrastinate_jobs
    (queue_name, priority DESC, jobs_lane(lock, args), id) WHERE status = 'todo'
"""
TAKE = """
    CREATE FUNCTION jobs_take(
        queue text, worker bigint, last_lane text, with_long boolean, due_by timestamptz
    ) RETURNS SETOF procrastinate_jobs LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
    AS $$
    DECLARE
        level bigint := 2147483648;
        here text;
        is_second_half boolean;
    BEGIN
        LOOP
            level := (
                SELECT job.priority FROM procrastinate_jobs job
                WHERE job.status = 'todo' AND job.queue_name = queue AND job.priority < level
                  AND (job.scheduled_at IS NULL OR job.scheduled_at <= due_by)
                ORDER BY job.priority DESC LIMIT 1
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
                          AND job.priority = level AND jobs_lane(job.lock, job.args) = here
                          AND (job.scheduled_at IS NULL OR job.scheduled_at <= due_by)
                        ORDER BY job.id LIMIT 1 FOR UPDATE SKIP LOCKED
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
        ("jobs", "0001_initial"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(LANE, "DROP FUNCTION jobs_lane(text, jsonb)"),
        migrations.RunSQL(INDEX, "DROP INDEX jobs_lane_idx"),
        migrations.RunSQL(
            TAKE, "DROP FUNCTION jobs_take(text, bigint, text, boolean, timestamptz)"
        ),
    ]
