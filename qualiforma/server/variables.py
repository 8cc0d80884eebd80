"""Every environment variable, for the settings reference and the example of an environment file.

`tests/test_settings_page.py` holds that these are the names, and the defaults, that the code reads.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """An environment variable. `default`: as the code has it, in words where it is none.

    `example`: what stands in the example of an environment file, as a comment where the default is right
    for most.
    """

    name: str
    default: str
    meaning: str
    example: str = ""
    is_needed: bool = False
    is_secret: bool = False


DATABASE = [
    Variable(
        "DATABASE_URL",
        "",
        "The application role's address. PostgreSQL 15 or newer, best with `log_min_error_statement=panic` and "
        "`log_error_verbosity=terse`: its log then quotes nobody. The demo brings its own.",
        "postgresql://qualiforma_app:PASSWORD@127.0.0.1:5432/qualiforma",
        is_needed=True,
        is_secret=True,
    ),
    Variable(
        "DATABASE_OWNER_URL",
        "",
        "The owner's address; only commands that migrate, create organisations, back up or restore need it, and the "
        "owner's worker. Not for web servers.",
        "postgresql://qualiforma_owner:PASSWORD@127.0.0.1:5432/qualiforma",
        is_secret=True,
    ),
    Variable(
        "QUALIFORMA_STATEMENT_TIMEOUT",
        "30",
        "Seconds that the database works for one statement of a web request, then 503 `TIMEOUT`; 0: no limit.",
    ),
    Variable(
        "QUALIFORMA_LOCK_TIMEOUT",
        "1.5",
        "Seconds that one statement of a web request waits for a lock, likewise.",
    ),
    Variable(
        "QUALIFORMA_POOLER",
        "session",
        "`transaction` where web servers reach the database through a pooler in transaction mode that keeps `search_path` "
        "(PgBouncer 1.20 or newer, `track_extra_parameters`, PostgreSQL 18 or Citus); tried out at start (hosts.md).",
    ),
    Variable(
        "QUALIFORMA_SHARDED",
        "False",
        "Organisations lie on the nodes of a Citus cluster (sharded.md); the addresses above are its coordinator's.",
    ),
]
INSTALLATION = [
    Variable(
        "QUALIFORMA_SECRET_KEY",
        "",
        "Signs tokens and links; 32 characters at least (`openssl rand -hex 32`). The same on every host; a backup has it "
        "only where it is asked to. The demo makes one.",
        is_needed=True,
        is_secret=True,
    ),
    Variable(
        "QUALIFORMA_HOME",
        ".qualiforma",
        "State folder: stored files unless they are in a bucket, templates of schemas, run folders.",
        "/var/lib/qualiforma",
    ),
    Variable(
        "QUALIFORMA_PUBLIC_URL",
        "http://127.0.0.1:8000",
        "Where people reach the installation; stands in links sent by mail.",
        "https://qualiforma.example.org",
    ),
    Variable(
        "QUALIFORMA_ALLOWED_HOSTS",
        ".localhost,127.0.0.1,[::1]",
        "Host names served, separated by commas; a leading dot takes subdomains in. Probes are answered whatever the host.",
        "qualiforma.example.org,.qualiforma.example.org",
    ),
    Variable(
        "QUALIFORMA_HTTPS",
        "True",
        "Secure cookies and HSTS; turning http into https is the proxy's task. The demo sets it to false.",
    ),
    Variable("QUALIFORMA_DEBUG", "False", "Django's debug mode; never where others reach it."),
    Variable("QUALIFORMA_DEMO_PASSWORD", "qualiforma-demo", "Password of the demo's logins."),
    Variable(
        "QUALIFORMA_BACKUP_PASSPHRASE",
        "",
        "Seals the secret key in backups (`backup --seal-secret-key`), 12 characters at least. Keep it where backups are not.",
        is_secret=True,
    ),
]
SERVER = [
    Variable("PORT", "8000", "Where the web server listens."),
    Variable("QUALIFORMA_BIND", "127.0.0.1", "Address that the web server listens on."),
    Variable(
        "WEB_WORKERS",
        "twice the cores, at least 2",
        "Web processes that serve one call at a time each, some 50 MiB (decision 35).",
    ),
    Variable(
        "QUALIFORMA_BEHIND_PROXY",
        "False",
        "Needed to listen beyond this machine: a buffering proxy stands in front (`deploy/nginx.conf`, `deploy/Caddyfile`).",
    ),
    Variable(
        "QUALIFORMA_TRUSTED_PROXIES", "0", "How many proxies' `X-Forwarded-For` is believed.", "1"
    ),
    Variable(
        "QUALIFORMA_RATE_LIMIT",
        "600",
        "Calls per minute and caller, in each web process: with N processes on all hosts, up to N times as many.",
    ),
    Variable(
        "QUALIFORMA_CORS_ORIGINS",
        "",
        "Origins whose browser pages may call the API, `https://app.example.fr,http://localhost:3000`; exact, no wildcard.",
    ),
    Variable(
        "QUALIFORMA_JOB_STALLED_SECONDS",
        "30",
        "A worker silent for that long is taken for dead, and its job taken up by another.",
    ),
]
MAIL = [
    Variable(
        "QUALIFORMA_SMTP_URL",
        "",
        "Mail server, `smtp+starttls://user:password@host:587`, `smtps://…` or, without a password, `smtp://…`; without one "
        "mails are kept as `.eml` files in the state folder.",
        "smtp+starttls://user:PASSWORD@mail.example.org:587",
        is_secret=True,
    ),
    Variable(
        "QUALIFORMA_MAIL_FROM",
        "QualiForma <no-reply@localhost>",
        "Sender of mails.",
        "QualiForma <no-reply@example.org>",
    ),
    Variable(
        "QUALIFORMA_MAIL_ECHO",
        "False",
        "Without a mail server: print each mail's links on the worker's terminal. The demo sets it to true.",
    ),
]
FILES = [
    Variable(
        "QUALIFORMA_S3_BUCKET",
        "",
        "Keep files in a bucket of anything that speaks S3 instead of the state folder: needed where several hosts serve. Its "
        "keys as usual (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SHARED_CREDENTIALS_FILE`, a role).",
    ),
    Variable("QUALIFORMA_S3_ENDPOINT", "", "The address of what speaks S3, where it is not AWS."),
    Variable("QUALIFORMA_S3_REGION", "", "The bucket's region."),
]
WATCHING = [
    Variable("QUALIFORMA_METRICS", "False", "Serve `/metrics` for Prometheus.", "true"),
    Variable(
        "QUALIFORMA_METRICS_TOKEN",
        "",
        "Serve it to holders of that bearer token alone.",
        is_secret=True,
    ),
    Variable("QUALIFORMA_LOG_FORMAT", "json", "Log lines on stderr: `json` or `console`."),
    Variable("QUALIFORMA_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
]
RECOMMENDER = [
    Variable(
        "RECOMMENDER",
        "postgresql",
        "What ranks courses for a needs analysis; `openai`: a language model orders and phrases what the database has found.",
    ),
    Variable(
        "RECOMMENDER_URL",
        "",
        "The OpenAI-compatible address, `https://api.example.com/v1`. It is sent objectives, levels and course texts, no person "
        "and no disability note.",
    ),
    Variable("RECOMMENDER_MODEL", "default", "The model's name there."),
    Variable("RECOMMENDER_KEY", "", "Its key.", is_secret=True),
    Variable(
        "RECOMMENDER_SECONDS",
        "8",
        "How long the model may take, all in all, before the database's ranking stands and the analysis says so.",
    ),
]
GROUPS = {
    "Database": DATABASE,
    "Installation": INSTALLATION,
    "Web server and workers": SERVER,
    "Mail": MAIL,
    "Stored files": FILES,
    "Watching over it": WATCHING,
    "Recommendations": RECOMMENDER,
}
# Set by `serve` for its own processes, or by tests alone.
INTERNAL = frozenset(
    {
        "PROMETHEUS_MULTIPROC_DIR",
        "QUALIFORMA_WEBHOOKS_LOOPBACK",
    }
)
