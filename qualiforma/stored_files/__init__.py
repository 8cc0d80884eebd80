"""Stored files and the rows that name them: each is handed out as it was stored, or not at all."""
