"""Sessions, users and messages, under `/admin/` alone: nothing else of us reads a cookie's session."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from csp.decorators import csp_update
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from qualiforma.admin.sessions import user_of_session
from qualiforma.api.problems import CONTENT_TYPE
from qualiforma.audit.sources import Source, using_source
from qualiforma.browsers import STAFF_POLICY

if TYPE_CHECKING:
    from qualiforma.accounts.models import User

    _Base = MiddlewareMixin
else:
    _Base = object

PREFIX = "/admin/"
LINKS = "/links/"  # in mails, for people who may have no session
# What a person can do about it, by code or by status.
HINTS: dict[str | int, Any] = {
    "TENANT_NOT_FOUND": _(
        "Aucun organisme n’a cette adresse. Vérifiez-la, ou demandez la bonne à votre responsable qualité."
    ),
    "FILE_ALTERED": _("Les responsables qualité de l’organisme en sont avertis par e-mail."),
    403: _(
        "Votre rôle ne le permet pas, ou la page est restée ouverte trop longtemps : revenez-y et recommencez."
    ),
    404: _("L’adresse est incorrecte, ou la page n’existe plus."),
    413: _("Un fichier ne peut pas dépasser 20 Mo."),
    500: _(
        "La faute est de notre côté et rien n’a été enregistré. Si cela se répète, transmettez la référence ci-dessous."
    ),
    LINKS: _(
        "Le formulaire n’a pas pu être vérifié et rien n’a été enregistré. Autorisez les cookies de ce site, rouvrez le lien de l’e-mail et recommencez."
    ),
    503: _("Rien n’a été enregistré. Réessayez dans un instant."),
}


class UnderAdmin(_Base):
    """Wraps only requests whose path lies under `/admin/`."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return cast("HttpResponseBase", self.get_response(request))  # WSGI: never a coroutine
        return cast("HttpResponseBase", super().__call__(request))


class StaffSessionMiddleware(UnderAdmin, SessionMiddleware):
    """Reads and saves the session, inside of the tenant's schema; states the pages' policy.

    What is changed from here on came in through the administration.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return super().__call__(request)
        with using_source(Source.ADMIN):
            return super().__call__(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        csp_update(STAFF_POLICY)(lambda _request: response)(request)  # puts it on the response
        return super().process_response(request, response)


class StaffUserMiddleware(UnderAdmin, AuthenticationMiddleware):
    """Puts the person on the request, looked up where a view asks."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = cast("User", SimpleLazyObject(lambda: user_of_session(request)))

    def process_view(self, request: HttpRequest, *args: object) -> None:
        """Each view of the site declares whom it lets in.

        Errors: `BadRequest` for what no browser sends and the database cannot hold.
        """
        if not request.path.startswith(PREFIX):
            return
        given = [request.GET, request.POST]
        words = [name for one in given for name in one]
        words += [value for one in given for _name, values in one.lists() for value in values]
        if any("\x00" in word for word in (request.path, *words)):
            raise BadRequest


class StaffMessageMiddleware(UnderAdmin, MessageMiddleware):
    """Keeps what the next page has to say, in the session."""


class StaffErrorMiddleware:
    """Turns what would be a problem body under `/admin/` into a page: people read it, not programs.

    So it is for a browser that asks for a page of any other path but the API's, behind a mail's link for instance.
    Needs no database, no session and no template of the theme: any of them may be what failed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.get("Content-Type") != CONTENT_TYPE or not self._is_read_by_people(request):
            return answer
        page = self._page(request, json.loads(cast("HttpResponse", answer).content))
        for name in ("Retry-After", "Vary", "X-Frame-Options"):
            if name in answer:
                page[name] = answer[name]
        page.cookies = cast("HttpResponse", answer).cookies
        for name in ("problem_code", "_csp_update"):
            if hasattr(answer, name):
                setattr(page, name, getattr(answer, name))
        return page

    @staticmethod
    def _is_read_by_people(request: HttpRequest) -> bool:
        asks_for_page = "text/html" in request.headers.get("Accept", "")
        is_of_api = request.path.startswith("/api/")
        return request.path.startswith(PREFIX) or (asks_for_page and not is_of_api)

    @staticmethod
    def _page(request: HttpRequest, problem: dict[str, Any]) -> HttpResponse:
        is_link = request.path.startswith(LINKS)
        before = request.headers.get("Referer", "")
        is_ours = (
            not is_link
            and problem["code"] != "MALFORMED_REQUEST"
            and url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure())
        )
        place = LINKS if is_link and problem["status"] == HTTPStatus.FORBIDDEN else problem["code"]
        context = {
            "problem": problem,
            "hint": HINTS.get(place) or HINTS.get(problem["status"], ""),
            "before": before if is_ours and before != request.build_absolute_uri() else "",
            "has_home": not is_link
            and problem["code"] not in {"TENANT_NOT_FOUND", "MALFORMED_REQUEST"},
        }
        text = render_to_string("backoffice/error.html", context)
        return HttpResponse(text, status=problem["status"])
