"""Follow-up: what each person has to do, and how they are reminded of it."""
