"""Mail for where there is no server: kept in a folder, one `.eml` each, as mail programs open them."""

import email
import email.policy
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Write each mail to `MAIL_FOLDER`; a repeated one replaces itself.

    `MAIL_ECHO` prints address, subject and links on the terminal besides: for the demo only, as a
    link lets the person who has it in.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            content = mail.message().as_bytes()
            path = self._keep(str(mail.extra_headers["Message-ID"]), content)
            if settings.MAIL_ECHO:
                self._echo(mail, path)
        return len(email_messages)

    @staticmethod
    def _keep(message_id: str, content: bytes) -> Path:
        """Write a file that only we can read, whole or not at all."""
        folder: Path = settings.MAIL_FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '', message_id.partition('@')[0])}.eml"
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        return draft.replace(path)

    @staticmethod
    def _echo(mail: EmailMessage, path: Path) -> None:
        links = re.findall(r"https?://\S+", str(mail.body))
        lines = [f"Mail to {', '.join(mail.to)}: {mail.subject}", *links, str(path)]
        sys.stdout.write("\n  ".join(lines) + "\n")
        sys.stdout.flush()


def remove_mails(is_wanted: Callable[[str], bool]) -> int:
    """Delete the kept mails whose headers or texts a function wants; return how many there were."""
    removed = 0
    for path in sorted(settings.MAIL_FOLDER.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = [one for one in mail.walk() if one.get_content_maintype() == "text"]
        texts = [*map(str, mail.values()), *(str(one.get_content()) for one in parts)]
        if any(map(is_wanted, texts)):
            path.unlink(missing_ok=True)
            removed += 1
    return removed
