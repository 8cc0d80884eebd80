"""How dates and times read, where Django's own way would mislead. Named by the settings."""
