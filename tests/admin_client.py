"""Pages under `/admin/`, as a browser asks for them: by host name, with cookies and CSRF tokens."""

import re
from typing import Any

from django.test import Client

from tests.cast import PASSWORD, Person
from tests.handlers import shared

HOST = "acme.localhost"


class AdminClient(Client):
    """A browser at a tenant's pages; a POST carries the token of the last page, as a form does."""

    def __init__(self, host: str = HOST, language: str = "fr") -> None:
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False)
        self.handler = shared(self.handler)
        self.defaults |= {"HTTP_HOST": host, "HTTP_ACCEPT_LANGUAGE": language}

    def request(self, **request: Any) -> Any:
        """Return pages with the spaces that tests are written with; what is sent: `test_typography.py`."""
        answer = super().request(**request)
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            answer.content = answer.content.replace("\u00a0".encode(), b" ")
        return answer

    def send(self, path: str, body: dict[str, Any] | None = None, **extra: Any) -> Any:
        """Post a form, and show the page that it leads to."""
        if "csrftoken" not in self.cookies:
            self.get("/admin/login/")
        token = self.cookies["csrftoken"].value
        return self.post(path, {**(body or {}), "csrfmiddlewaretoken": token}, **extra)

    def log_in(self, person: Person, password: str = PASSWORD) -> Any:
        return self.send("/admin/login/", {"username": person.email, "password": password})


def entered(person: Person, **options: Any) -> AdminClient:
    """A browser in which this person has logged in."""
    admin_client = AdminClient(host=f"{person.tenant}.localhost", **options)
    answer = admin_client.log_in(person)
    assert answer.status_code == 302, answer.content
    return admin_client


def text_of(answer: Any) -> str:
    """What stands on a page, without its marks and with single spaces."""
    page = re.sub(
        r"<(script|style|template)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL
    )
    page = re.sub(r"<[^>]+>", " ", page).replace("&#x27;", "'").replace("&quot;", '"')
    return re.sub(r"\s+", " ", page)
