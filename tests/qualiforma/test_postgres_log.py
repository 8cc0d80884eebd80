"""What the embedded server writes of a statement that fails."""

import os

import psycopg
import pytest

from tests.database import KEY


def test_the_log_quotes_no_value(pytestconfig):
    """Neither the statement that failed nor the row: a note on somebody may stand in both."""
    _cluster, home = pytestconfig.stash[KEY]
    table = "CREATE TEMPORARY TABLE one (note text CONSTRAINT no_note CHECK (note = ''))"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        connection.execute(table)
        with pytest.raises(psycopg.errors.CheckViolation, match="Malentendante"):
            connection.execute("INSERT INTO one VALUES ('Malentendante')")
    log = (home / "postgres" / "postgres.log").read_text(errors="replace")
    assert "no_note" in log
    assert "Malentendante" not in log
