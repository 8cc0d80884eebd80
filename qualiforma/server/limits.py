"""How long the database may be kept busy by one request."""

from typing import Any


def limit_statements(
    database: dict[str, Any], *, statement_seconds: int, lock_seconds: float
) -> None:
    """Give the connections still to be opened with these settings their time limits.

    For web processes: commands may run longer. Sent with the connection's start, so that
    `SET … = DEFAULT` goes back to them. 0 sets no limit. What the address itself says wins.
    """
    wanted = {
        "statement_timeout": statement_seconds,
        "lock_timeout": lock_seconds,
        # A transaction left open by a process that hangs holds its locks for everybody.
        "idle_in_transaction_session_timeout": 2 * statement_seconds,
    }
    options = [
        f"-c {name}={round(seconds * 1000)}ms" for name, seconds in wanted.items() if seconds
    ]
    if options:
        given = database["OPTIONS"].get("options", "")
        database["OPTIONS"]["options"] = " ".join([*options, given]).rstrip()
