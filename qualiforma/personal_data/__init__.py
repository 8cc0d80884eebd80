"""What an organisation holds about a person: handed out, erased, and purged in time."""
