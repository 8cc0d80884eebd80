"""The back-office: its site, its login, its templates, and how it shows services' errors."""
