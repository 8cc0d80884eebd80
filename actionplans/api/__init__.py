"""The HTTP door of action plans."""
