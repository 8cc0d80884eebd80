"""The endpoints of compliance records."""
