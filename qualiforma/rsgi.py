"""What `manage.py serve` has its web server load."""

from qualiforma.server import started
from qualiforma.server.gateway import Gateway
from qualiforma.wsgi import application as wsgi_application

# Calls that may be on their way at once, per worker: their bodies, and those who wait their turn.
CLIENT_THREADS = 40

application = Gateway(wsgi_application, threads=CLIENT_THREADS)
started.say()
