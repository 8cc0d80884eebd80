"""Kinds of mail: what each says, and how one is queued.

A queued mail is its kind and ids. Addressee, text and links are made at the moment of sending: the
queue holds nothing personal, a link's time runs from when it is sent, and what has become pointless
in the meantime is not sent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import get_language

from qualiforma.ids import new_id


@dataclass(frozen=True)
class Entry:
    """One thing of a list: what it is, what is to be said of it, and the address of its page."""

    text: str
    note: str = ""
    link: str = ""


@dataclass(frozen=True)
class Section:
    """A list in a mail."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Draft:
    """What a mail says, in the language that is active. The text and the HTML part both show it.

    Shapes: paragraphs without markup; `link` an absolute address, named by `link_label`. Mails of one
    `thread` stand together in their addressee's program. `choices` is the address of the page where
    their reader chooses what such mails say, `unsubscribe` a link that ends such mails
    by a POST without a body of ours and without a login.
    `on_sent` records that the mail was handed over. It runs after the mail server has answered:
    writing a mail must not lock the audit trail, which would stay locked while the server is slow.
    """

    to: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str = ""
    link_label: str = ""
    sections: tuple[Section, ...] = ()
    afterwards: tuple[str, ...] = ()
    thread: str = ""
    choices: str = ""
    unsubscribe: str = ""
    on_sent: Callable[[], None] | None = None


Writer = Callable[..., Draft | None]
_writers: dict[str, Writer] = {}


@dataclass(frozen=True)
class MailKind:
    """One kind of mail."""

    name: str
    priority: int = 0

    def send(self, **ids: str) -> None:
        """Queue one, in the transaction and for the tenant that are open.

        It speaks the language of now. Its Message-ID is fixed now too, so that a repeated delivery
        is recognised by the addressee's program.
        """
        from qualiforma.mail.jobs import deliver  # it imports this module

        said = {"kind": self.name, "language": get_language() or "fr", "message": new_id("msg")}
        deliver.enqueue(said | ids, priority=self.priority)


def mail(name: str, *, priority: int = 0) -> Callable[[Writer], MailKind]:
    """Make a function that writes a mail from ids a kind of mail; None from it: nothing to send.

    `priority`: above 0 for what its addressee waits for, before all other jobs.
    """

    def register(writer: Writer) -> MailKind:
        _writers[name] = writer
        return MailKind(name, priority)

    return register


def write(name: str, ids: dict[str, str]) -> Draft | None:
    """Return what a queued mail says by now. Errors: `KeyError` for a kind that is no more."""
    return _writers[name](**ids)
