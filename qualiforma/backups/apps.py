from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Commands without tables."""

    name = "qualiforma.backups"

    def ready(self) -> None:
        """Say what its actions are called in the trail."""
        from qualiforma.backups import audit  # noqa: F401 - registers
