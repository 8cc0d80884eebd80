from importlib import import_module

from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Commands without tables."""

    name = "qualiforma.backups"

    def ready(self) -> None:
        """Say what its actions are called in the trail."""
        import_module("qualiforma.backups.audit")
