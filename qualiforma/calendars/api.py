"""Calendars by API: `/me/calendar` and, per plan, in each family of plans."""

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts.policies import anybody
from qualiforma.api.docs import described
from qualiforma.api.serializers import Input, InstantField
from qualiforma.api.views import KernelViewSet
from qualiforma.calendars.models import CalendarFeed
from qualiforma.calendars.services import (
    OWN_WORK,
    Subject,
    find_feed,
    make_feed,
    revoke_feed,
)

Handler = TypeVar("Handler", bound=Callable[..., Any])
ADDRESS = "https://qualiforma.example/calendar/qfc.tnt_8f3b21.Zk3v0b1r9xJ2uY7c5wQd8sLhTnEaMgPo4iVfBqXyRz0.ics"
MADE = {"url": ADDRESS, "createdAt": "2026-11-29T08:00:00Z"}
STATE = {"active": True, "createdAt": "2026-11-29T08:00:00Z"}


class CalendarOutput(Input):
    example = STATE
    active = serializers.BooleanField(help_text="Un lien existe et n’est pas révoqué.")
    created_at = InstantField(allow_null=True, help_text="Absent sans lien.")


class NewCalendarOutput(Input):
    example = MADE
    url = serializers.URLField(help_text="L’adresse à donner à l’agenda ; elle n’est plus redite.")
    created_at = InstantField()


def get_calendar(name: str, of_what: str, **more: Any) -> Callable[[Handler], Handler]:
    """Describe the reading of a calendar's state."""
    return described(
        f"get{name}",
        f"Savoir si {of_what} a un lien",
        "Dit si un lien de calendrier existe, jamais lequel.",
        (200, CalendarOutput, "Lien existant ou non"),
        **more,
    )


def make_calendar(name: str, of_what: str, **more: Any) -> Callable[[Handler], Handler]:
    """Describe the making of a calendar's link."""
    return described(
        f"make{name}",
        f"Créer ou remplacer le lien : {of_what}",
        "Rend une fois l’adresse d’un calendrier (RFC 5545, lecture seule) ; le lien précédent cesse "
        "aussitôt de valoir. Qui connaît l’adresse lit le calendrier : elle se garde comme un mot de passe.",
        (201, NewCalendarOutput, "Lien créé"),
        request=None,
        **more,
    )


def revoke_calendar(name: str, of_what: str, **more: Any) -> Callable[[Handler], Handler]:
    """Describe the revoking of a calendar's link."""
    return described(
        f"revoke{name}",
        f"Révoquer le lien : {of_what}",
        "L’adresse répond 404 dès maintenant, comme une adresse qui n’a jamais existé.",
        (204, None, "Révoqué, ou déjà sans lien"),
        **more,
    )


class FeedViewSet(KernelViewSet[CalendarFeed]):
    """What the views of all calendars do. Made again, not answered again: nobody keeps the address."""

    queryset = CalendarFeed.objects.none()
    serializer_class = CalendarOutput
    idempotent = False
    permissions = {"retrieve": anybody, "create": anybody, "destroy": anybody}

    def state_of(self, subject: Subject) -> Response:
        feed = find_feed(actor=self.actor, subject=subject)
        created_at = feed.created_at if feed else None
        body = {"active": feed is not None, "created_at": created_at}
        return self.answered(CalendarOutput(body).data)

    def made(self, subject: Subject) -> Response:
        new = make_feed(actor=self.actor, subject=subject)
        body = {"url": new.address, "created_at": new.feed.created_at}
        return self.answered(NewCalendarOutput(body).data, status=201)

    def revoked(self, subject: Subject) -> Response:
        revoke_feed(actor=self.actor, subject=subject)
        return Response(status=204)


MINE = ("MyCalendar", "son propre calendrier")


class MyCalendarView(FeedViewSet):
    @get_calendar(*MINE, tags=["Calendars"])
    def retrieve(self, request: Request) -> Response:
        return self.state_of(OWN_WORK)

    @make_calendar(*MINE, tags=["Calendars"])
    def create(self, request: Request) -> Response:
        return self.made(OWN_WORK)

    @revoke_calendar(*MINE, tags=["Calendars"])
    def destroy(self, request: Request) -> Response:
        return self.revoked(OWN_WORK)
