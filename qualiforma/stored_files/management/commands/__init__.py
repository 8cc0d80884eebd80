"""Management commands of stored files."""
