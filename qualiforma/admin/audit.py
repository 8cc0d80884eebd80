"""Audit registration of the back-office: only acts on queued jobs are recorded."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, exclude
from qualiforma.audit.registry import object_types

exclude(Session, because="sessions; logins are entries of their own")
exclude(LogEntry, because="never written: the trail says more")

object_types["job"] = _("tâche")
describe_action("jobs.job.retried", _("%(actor)s a remis une tâche en file"))
describe_action("jobs.job.dropped", _("%(actor)s a retiré une tâche"))
describe_action("records.list.exported", _("%(actor)s a exporté une liste"))
describe_action("records.record.exported", _("%(actor)s a exporté la fiche"))
describe_action("onboarding.samples.loaded", _("%(actor)s a chargé les exemples"))
describe_action("onboarding.samples.removed", _("%(actor)s a retiré les exemples"))
