"""The job that sends a mail."""

import smtplib
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import override

from qualiforma.jobs.queue import job
from qualiforma.jobs.runner import GiveUpError
from qualiforma.mail.kinds import Draft, write
from qualiforma.tenants.context import tenant_or_none
from qualiforma.typography import join_signs_in_page

PERMANENT = 500


@job(name="mail.deliver")
def deliver(*, kind: str, language: str, message: str, **ids: str) -> None:
    """Write a mail and hand it to the server.

    Errors: whatever the server or the way to it refuses, to be tried again; `GiveUpError` when it
    says that this address will never be right.
    """
    with override(language):
        draft = write(kind, ids)
        if draft is None:
            return
        try:
            compose(draft, message, language).send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if min(codes, default=0) >= PERMANENT:
                raise GiveUpError from error
            raise
        if draft.on_sent is not None:
            draft.on_sent()


def compose(draft: Draft, message: str, language: str) -> EmailMultiAlternatives:
    """Return the mail: a text part and an HTML part that say the same."""
    tenant = tenant_or_none()
    context: dict[str, Any] = {
        "draft": draft,
        "language": language,
        "organisation": tenant.name if tenant else "",
    }
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2] or "localhost"
    mail = EmailMultiAlternatives(
        " ".join(draft.subject.split()),  # a header: a name in it may hold a line's end
        render_to_string("mail/message.txt", context),
        to=[draft.to],
        headers={
            "Message-ID": f"<{message}@{domain}>",
            "Content-Language": language,
            # Not to be answered by absence notices.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **_thread(draft, domain),
            **_unsubscribe(draft),
        },
    )
    html: str = render_to_string("mail/message.html", context)
    if language == "fr":
        html = join_signs_in_page(html)
    mail.attach_alternative(html, "text/html")
    return mail


def _thread(draft: Draft, domain: str) -> dict[str, str]:
    """Return the headers that put a mail beside those of its thread: all answer one that never was."""
    first = f"<{draft.thread}@{domain}>"
    return {"In-Reply-To": first, "References": first} if draft.thread else {}


def _unsubscribe(draft: Draft) -> dict[str, str]:
    """Return what has mail programs offer to end such mails. Source: RFC 8058."""
    if not draft.unsubscribe:
        return {}
    return {
        "List-Unsubscribe": f"<{draft.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
