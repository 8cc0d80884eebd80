"""Pages keep nothing of their own that anybody would audit; the queue's say who moved a job."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from qualiforma.audit import leave_out, say
from qualiforma.audit.registry import object_types

leave_out(Session, because="sessions; logins are entries of their own")
leave_out(LogEntry, because="never written: the trail says more")

object_types["job"] = _("tâche")
say("jobs.job.retried", _("%(actor)s a remis une tâche en file"))
say("jobs.job.dropped", _("%(actor)s a retiré une tâche"))
say("records.list.exported", _("%(actor)s a exporté une liste"))
say("records.record.exported", _("%(actor)s a exporté la fiche"))
