from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "qualiforma.server"
    label = "server"
