"""Counters of attempts, shared by every process; they are in `public` and hold no personal data."""
