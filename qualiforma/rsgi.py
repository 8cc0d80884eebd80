"""What `manage.py serve` has its web server load: one process for clients, others that run calls."""

from django.urls import resolve

from qualiforma import env, metrics, wsgi
from qualiforma.api import health
from qualiforma.runtime.workers import start_processes
from qualiforma.server import started
from qualiforma.server.gateway import Gateway
from qualiforma.server.processes import MOST, usual_processes

# Calls that may be on their way at once, per worker: more than there are places, for refusals.
CLIENT_THREADS = 40

workers = env.integer("WEB_WORKERS", default=usual_processes(), least=1, most=MOST)
front = wsgi.front(workers)
# It loads all views, which takes a second: no caller waits for it, and workers share them.
resolve("/healthz")
# Before there is another thread in this process.
start_processes(wsgi.handler, workers, front.turns.add, metrics.begin)
health.probe.start()
application = Gateway(front, threads=CLIENT_THREADS * workers)
started.say()
