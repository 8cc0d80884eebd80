"""Pages keep nothing of their own that anybody would audit."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from qualiforma.audit import leave_out

leave_out(Session, because="sessions; logins are entries of their own")
leave_out(LogEntry, because="never written: the trail says more")
