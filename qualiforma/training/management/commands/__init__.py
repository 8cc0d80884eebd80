"""Commands about training records."""
