"""Mails kept in a folder, where there is no server."""

import email
from email import policy

from qualiforma.accounts import services as accounts
from qualiforma.mail.jobs import deliver
from tests.cast import BOB
from tests.jobs import run_jobs


def test_each_mail_is_a_file_that_mail_programs_open(acme, settings, tmp_path, capsys):
    settings.EMAIL_BACKEND = "qualiforma.mail.folder.FolderBackend"
    settings.MAIL_FOLDER, settings.MAIL_ECHO = tmp_path / "mail", True
    accounts.request_password_reset(email=BOB.email, scope=acme.pk, address="127.0.0.1")
    run_jobs()
    [path] = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o077 == 0
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["To"] == BOB.email
    printed = capsys.readouterr().out
    assert BOB.email in printed
    assert "/links/password/" in printed
    assert str(path) in printed


def test_a_repeated_mail_replaces_itself(acme, settings, tmp_path):
    settings.EMAIL_BACKEND = "qualiforma.mail.folder.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    queued = {"kind": "accounts.password_reset", "language": "fr", "message": "msg_1"}
    for _ in range(2):
        deliver.function(**queued, user=BOB.id)
    assert [path.name for path in tmp_path.iterdir()] == ["msg_1.eml"]
