"""A wrong configuration stops the start with one sentence that says what to set."""

import os
import socket

import pytest

from qualiforma import env
from tests import forks
from tests.live import free_port


def run(*command, **environment):
    values = {k: v for k, v in (os.environ | environment).items() if v is not None}
    return forks.run(*command, env=values)


def one_sentence(done, *words):
    assert done.returncode == 2, done
    lines = [line for line in done.stderr.splitlines() if line]
    lines += [line for line in done.stdout.splitlines() if line.startswith("qualiforma: ")]
    assert len(lines) == 1, done
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"QUALIFORMA_SECRET_KEY": None}, ["QUALIFORMA_SECRET_KEY", "32"]),
        ({"QUALIFORMA_SECRET_KEY": "short"}, ["QUALIFORMA_SECRET_KEY"]),
        (
            {"QUALIFORMA_SECRET_KEY": None, "QUALIFORMA_HOME": "/srv/none-here"},
            ["make demo", "QUALIFORMA_HOME", "/srv/none-here"],
        ),
        ({"DATABASE_URL": None}, ["DATABASE_URL", "make demo"]),
        ({"DATABASE_URL": "mysql://x@y/z"}, ["DATABASE_URL", "postgresql://"]),
        ({"DATABASE_URL": "postgresql://127.0.0.1/x"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "postgresql://u@h:port/x"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none"}, ["DATABASE_URL", "127.0.0.1:1"]),
        ({"QUALIFORMA_CORS_ORIGINS": "*"}, ["QUALIFORMA_CORS_ORIGINS", "https://app.example.fr"]),
        ({"QUALIFORMA_LOG_FORMAT": "xml"}, ["QUALIFORMA_LOG_FORMAT", "json, console"]),
        ({"QUALIFORMA_LOG_LEVEL": "loud"}, ["QUALIFORMA_LOG_LEVEL", "DEBUG"]),
        ({"QUALIFORMA_METRICS": "perhaps"}, ["QUALIFORMA_METRICS", "true or false"]),
        ({"QUALIFORMA_STATEMENT_TIMEOUT": "-1"}, ["QUALIFORMA_STATEMENT_TIMEOUT", "0 to 3600"]),
        ({"QUALIFORMA_LOCK_TIMEOUT": "10s"}, ["QUALIFORMA_LOCK_TIMEOUT"]),
        ({"QUALIFORMA_HTTPS": "maybe"}, ["QUALIFORMA_HTTPS", "true or false"]),
        ({"PORT": "http"}, ["PORT", "1 to 65535"]),
        ({"PORT": "70000"}, ["PORT"]),
        ({"WEB_WORKERS": "0"}, ["WEB_WORKERS"]),
        ({"QUALIFORMA_SMTP_URL": "mail.example.fr:25"}, ["QUALIFORMA_SMTP_URL", "smtps://"]),
        ({"QUALIFORMA_SMTP_URL": "smtp://[half"}, ["QUALIFORMA_SMTP_URL", "smtps://"]),
        (
            {"RECOMMENDER": "openai", "RECOMMENDER_URL": "https://[half/v1"},
            ["RECOMMENDER_URL", "https://api.example.com/v1"],
        ),
        ({"QUALIFORMA_SMTP_URL": "smtp://u:p@mail.example.fr"}, ["SMTP_URL", "unencrypted"]),
        ({"QUALIFORMA_PUBLIC_URL": "qualiforma.fr"}, ["QUALIFORMA_PUBLIC_URL", "https://"]),
        ({"QUALIFORMA_SMTP_URL": "smtp://relay.fr"}, ["QUALIFORMA_PUBLIC_URL", "relay.fr"]),
        ({"QUALIFORMA_JOB_STALLED_SECONDS": "1"}, ["QUALIFORMA_JOB_STALLED_SECONDS", "3 to"]),
        ({"QUALIFORMA_HOME": "/proc/nowhere"}, ["QUALIFORMA_HOME", "/proc/nowhere"]),
    ],
    ids=str,
)
def test_serve_says_what_to_set(django_db_setup, environment, words):
    done = run("manage.py", "serve", "--check", **{"PORT": str(free_port())} | environment)
    one_sentence(done, *words)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", env.Smtp("127.0.0.1", 2525, "", "", "")),
        ("smtp://relay.example.fr", env.Smtp("relay.example.fr", 25, "", "", "")),
        ("smtps://u:p%40@mail.example.fr", env.Smtp("mail.example.fr", 465, "u", "p@", "tls")),
        ("smtp+starttls://u:p@m.fr:2587", env.Smtp("m.fr", 2587, "u", "p", "starttls")),
        ("", None),
    ],
)
def test_mail_servers(monkeypatch, url, server):
    monkeypatch.setenv("MAIL", url)
    assert env.smtp("MAIL") == server


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "app.example.fr", "//app.example.fr", "https://", "https://app.example.fr/"),
        *("https://app.example.fr/path", "https://*.example.fr", "https://App.example.fr"),
        *("https://app.example.fr:443", "http://localhost:80", "http://localhost:port"),
        *("ftp://app.example.fr", "https://me@app.example.fr", "https://é.fr", "https://a b.fr"),
    ],
)
def test_what_is_no_origin(monkeypatch, origin):
    monkeypatch.setenv("ORIGINS", f"https://app.example.fr, {origin}")
    with pytest.raises(env.ConfigurationError, match="ORIGINS must list origins"):
        env.origins("ORIGINS")


def test_origins(monkeypatch):
    wanted = ["https://app.example.fr", "http://localhost:3000", "http://[::1]:8080", "http://a-b"]
    monkeypatch.setenv("ORIGINS", " , ".join(wanted))
    assert env.origins("ORIGINS") == wanted
    monkeypatch.delenv("ORIGINS")
    assert env.origins("ORIGINS") == []


@pytest.fixture
def secret_file(monkeypatch, tmp_path):
    path = tmp_path / "secret"
    monkeypatch.setenv("SECRET_FILE", str(path))
    return path


def test_secrets_from_files(monkeypatch, secret_file):
    secret_file.write_text("  of a file\n")
    assert env.text("SECRET") == "of a file"
    monkeypatch.setenv("SECRET", "of the environment")
    with pytest.raises(env.ConfigurationError, match="SECRET or SECRET_FILE, not both"):
        env.text("SECRET")


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff", "no text")]
)
def test_a_secret_s_file_that_holds_none(secret_file, content, words):
    """An empty file is no default: the person who names one means it."""
    if content is not None:
        secret_file.write_bytes(content)
    with pytest.raises(env.ConfigurationError, match=f"SECRET_FILE names .*{words}"):
        env.text("SECRET", default="x")


def test_the_key_and_the_address_may_be_in_files(django_db_setup, tmp_path):
    files: dict[str, str | None] = {}
    for name in ("QUALIFORMA_SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL"):
        (tmp_path / name).write_text(os.environ[name])
        files |= {name: None, f"{name}_FILE": str(tmp_path / name)}
    assert run("manage.py", "serve", "--check", PORT=str(free_port()), **files).returncode == 0


def test_serve_with_a_right_configuration(django_db_setup):
    assert run("manage.py", "serve", "--check", PORT=str(free_port())).returncode == 0


AS_SOMEBODY = """
import os, sys
os.geteuid = lambda: {number}
sys.argv[1:] = {command}
import manage
manage.main()
"""
COMMANDS = [["serve", "--check"], ["run_worker", "--until-empty"]]


@pytest.mark.parametrize("command", COMMANDS, ids=str)
@pytest.mark.parametrize(("number", "expected"), [(0, 1), (1000, 0)])
def test_root_is_warned(django_db_setup, command, number, expected):
    done = run("-c", AS_SOMEBODY.format(number=number, command=command), PORT=str(free_port()))
    assert done.returncode == 0, done
    assert done.stderr.count("runs as root") == expected


def test_a_port_that_is_taken(django_db_setup):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        one_sentence(run("manage.py", "serve", "--check", PORT=port), port, "set PORT")
        demo = run("-m", "qualiforma.server.demo", PORT=port)
        one_sentence(demo, port, "set PORT")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"QUALIFORMA_SMTP_URL": "mail.example.fr:25"}, ["QUALIFORMA_SMTP_URL", "smtps://"]),
        ({"QUALIFORMA_SMTP_URL": "smtp://u:p@mail.example.fr"}, ["SMTP_URL", "unencrypted"]),
        ({"QUALIFORMA_JOB_STALLED_SECONDS": "1"}, ["QUALIFORMA_JOB_STALLED_SECONDS", "3 to"]),
        ({"QUALIFORMA_HOME": "/proc/nowhere"}, ["QUALIFORMA_HOME"]),
        ({"DATABASE_OWNER_URL": None}, ["DATABASE_OWNER_URL"]),
        ({"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none"}, ["DATABASE_URL"]),
        ({"QUALIFORMA_DEMO_PASSWORD": "short"}, ["QUALIFORMA_DEMO_PASSWORD"]),
    ],
    ids=str,
)
def test_the_demo_says_what_to_set(django_db_setup, environment, words):
    done = run("-m", "qualiforma.server.demo", **{"PORT": str(free_port())} | environment)
    one_sentence(done, *words)


def test_one_role_for_both_is_an_error_in_deployment(django_db_setup):
    owner = os.environ["DATABASE_OWNER_URL"]
    done = run("manage.py", "check", "--deploy", DATABASE_URL=owner)
    assert done.returncode == 1
    assert "qualiforma.E001" in done.stderr
