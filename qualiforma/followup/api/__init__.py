"""One's own work, dates and reminders by API."""
