"""The endpoints of improvement plans."""
