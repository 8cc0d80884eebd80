"""How calendar feeds are recorded in the trail: who made one, and when it ended; never its token."""

from django.utils.translation import gettext_lazy as _

from qualiforma.audit import describe_action, register
from qualiforma.calendars.models import CalendarFeed

register(CalendarFeed, "calendar_feed", root="user", sensitive=["digest"])

describe_action("calendars.feed.made", _("%(actor)s a créé un lien de calendrier"))
describe_action("calendars.feed.revoked", _("%(actor)s a révoqué un lien de calendrier"))
