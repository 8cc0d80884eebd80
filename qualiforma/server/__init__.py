"""Programs that run beside Django: PostgreSQL, the demo, the checks."""
