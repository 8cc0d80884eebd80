"""The HTTP API of action plans."""
