"""Management commands of backups and moves."""
