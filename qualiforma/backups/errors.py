"""Why a backup, a restore or a move does not happen: one sentence for the person who runs it."""


class BackupError(Exception):
    """The text says what is wrong and what to do."""
