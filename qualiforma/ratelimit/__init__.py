"""Counters of attempts, shared by every process; in `public`, hence without anybody's data."""
