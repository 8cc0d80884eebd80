"""Settings, one module for every environment: what differs comes from environment variables.

`qualiforma.server.variables` lists them; `qualiforma.env` refuses malformed ones with a sentence.
"""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from qualiforma import __version__, browsers, contract, env, logs
from qualiforma.admin import theme
from qualiforma.runtime.postgres import saved_urls

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# State of this installation: files, and for the demo the database and the secret.
HOME = env.folder("QUALIFORMA_HOME", default=BASE_DIR / ".qualiforma")

DEBUG = env.flag("QUALIFORMA_DEBUG", default=False)
SECRET_KEY = env.secret_key(HOME)
ALLOWED_HOSTS = env.words("QUALIFORMA_ALLOWED_HOSTS", default=".localhost,127.0.0.1,[::1]")

# --- Applications -------------------------------------------------------------------------------
# `public` holds only what is needed to find a tenant.
SHARED_APPS = [
    "qualiforma.provisioning",
    "qualiforma.tenants",
    "qualiforma.ratelimit",
    "qualiforma.jobs",
    "procrastinate.contrib.django",
    "django_tenants",
]
# Everything else lives once per tenant, so that no foreign key and no query can leave it.
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "qualiforma.audit",
    "django.contrib.sessions",
    "django.contrib.admin.apps.SimpleAdminConfig",  # nothing is discovered: STAFF_PAGES names all
    "qualiforma.accounts",
    "qualiforma.idempotency",
    "qualiforma.exports",
    "qualiforma.followup",
    "qualiforma.calendars",
    "qualiforma.webhooks",
    "qualiforma.training",
    "qualiforma.training.importing",
    "improvements",
    "compliance",
    "actionplans",
]
# Code and static files without tables.
LIBRARY_APPS = [
    "django.contrib.messages",
    "qualiforma.admin",
    "qualiforma.server",
    "qualiforma.mail",
    "qualiforma.bundle",
    "qualiforma.stored_files",
    "qualiforma.backups",
    "qualiforma.personal_data",
    "django.contrib.postgres",  # for operator classes in indexes
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]
# Its templates go before those of Django's admin, ours (in DIRS) before both.
THEME_APPS = ["unfold.apps.BasicAppConfig", "unfold.contrib.filters"]
INSTALLED_APPS = [*THEME_APPS, *SHARED_APPS, *TENANT_APPS, *LIBRARY_APPS]

MIDDLEWARE = [
    "qualiforma.api.middleware.RequestIdMiddleware",
    "qualiforma.api.observe.ObserveMiddleware",
    "qualiforma.api.chain.ApiChainMiddleware",  # calls under /api/ go on at ProblemMiddleware
    # Headers on every answer, refusals and assets included: before whatever answers by itself.
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "qualiforma.api.headers.HeadersMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qualiforma.api.middleware.LanguageMiddleware",
    "qualiforma.api.middleware.FrenchPagesMiddleware",
    "qualiforma.admin.middleware.StaffErrorMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "qualiforma.api.middleware.ProblemMiddleware",
    "qualiforma.api.middleware.LengthMiddleware",
    "qualiforma.api.tenant_middleware.TenantMiddleware",
    "qualiforma.api.sharing.SharingMiddleware",
    # Inside of the tenant's schema, where sessions are.
    "qualiforma.admin.middleware.StaffSessionMiddleware",
    "qualiforma.admin.middleware.StaffUserMiddleware",
    "qualiforma.admin.middleware.StaffMessageMiddleware",
]

CSRF_FAILURE_VIEW = "qualiforma.api.views.forged"
ROOT_URLCONF = "qualiforma.urls"
WSGI_APPLICATION = "qualiforma.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": theme.TAGS,
        },
    }
]

# --- Database and tenants -----------------------------------------------------------------------
_saved = saved_urls(HOME)
DATABASE_URL = env.text("DATABASE_URL", default=_saved.app if _saved else "")
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", default=_saved.owner if _saved else "")
if not DATABASE_URL:
    raise env.ConfigurationError(
        "Set DATABASE_URL to the application role's address (and DATABASE_OWNER_URL to the "
        "owner's, for commands that migrate), or start `make demo`, which brings a database."
    )

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "qualiforma.tenants.postgresql",
        "CONN_MAX_AGE": None,  # opening one costs ten times the request (SCRAM)
        "CONN_HEALTH_CHECKS": True,  # a database restart must not cost a request
        **env.database("DATABASE_URL", DATABASE_URL),
    }
}
DATABASE_APPLICATION_ROLE: str = DATABASES["default"]["USER"]
# Kept apart: `as_owner` points the dictionary above at the owner for a while.
DATABASE_OWNER = env.optional_database("DATABASE_OWNER_URL", DATABASE_OWNER_URL)
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", "5")
POOLER = env.pooler("QUALIFORMA_POOLER", DATABASES["default"])
SHARDED = env.sharded("QUALIFORMA_SHARDED", DATABASES["default"], DATABASE_OWNER)
# What one request may take of the database; in seconds, 0 for no limit. See qualiforma/wsgi.py.
STATEMENT_TIMEOUT = env.integer("QUALIFORMA_STATEMENT_TIMEOUT", default=30, least=0, most=3600)
LOCK_TIMEOUT = env.seconds("QUALIFORMA_LOCK_TIMEOUT", default=1.5, most=3600)
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
# What other modules keep of a tenant outside its schema, taken away when it is deleted. Each is called
# with the Tenant, as the owner, after the tenant was closed; again after a crash: idempotent.
TENANT_REMOVERS = [
    "qualiforma.ratelimit.services.forget_tenant",
    "qualiforma.jobs.services.forget_tenant",
]
TENANT_LIMIT_SET_CALLS = True  # one SET search_path per request instead of one per query

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

# --- Accounts -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["qualiforma.accounts.hashers.OneCoreHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCESS_TOKEN_LIFETIME = timedelta(hours=1)
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    # Derived, so that no other use of SECRET_KEY can ever produce a valid token.
    "SIGNING_KEY": hashlib.sha256(b"qualiforma.jwt:" + SECRET_KEY.encode()).hexdigest(),
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "USER_ID_CLAIM": "sub",
    "LEEWAY": 60,  # seconds by which the clocks of two machines may differ
}

# Where people reach this installation; it stands in the links that mails carry.
_smtp = env.smtp("QUALIFORMA_SMTP_URL")
PUBLIC_URL = env.public_url("QUALIFORMA_PUBLIC_URL", default="http://127.0.0.1:8000", mail=_smtp)
# Host names whose `/admin/` is the platform's own; tenants have theirs (tenants.Domain).
PLATFORM_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname})
# Proxies in front whose X-Forwarded-For is believed.
TRUSTED_PROXIES = env.integer("QUALIFORMA_TRUSTED_PROXIES", default=0, least=0, most=10)

# --- Mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("QUALIFORMA_MAIL_FROM", default="QualiForma <no-reply@localhost>")
EMAIL_BACKEND = (
    "qualiforma.mail.smtp.SmtpBackend" if _smtp else "qualiforma.mail.folder.FolderBackend"
)
if _smtp:
    EMAIL_HOST, EMAIL_PORT = _smtp.host, _smtp.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.user, _smtp.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _smtp.tls == "tls", _smtp.tls == "starttls"
# Seconds for one answer of the mail server, and for all of them; no lock of the trail waits meanwhile.
EMAIL_TIMEOUT, EMAIL_CONVERSATION_SECONDS = 20, 60
# Without a server: where mails are kept, and whether their links are printed too (the demo's are).
MAIL_FOLDER = HOME / "mail"
MAIL_ECHO = env.flag("QUALIFORMA_MAIL_ECHO", default=False)

# --- Jobs ---------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # ours are found by qualiforma.jobs, in modules `jobs`
# A worker without a sign of life for that long is taken for dead, and its job for interrupted.
JOB_STALLED_SECONDS = env.integer("QUALIFORMA_JOB_STALLED_SECONDS", default=30, least=3, most=3600)

# --- Webhooks -----------------------------------------------------------------------------------
# Whether they may go to this machine: for tests alone, whose receivers run here.
WEBHOOKS_LOOPBACK = env.flag("QUALIFORMA_WEBHOOKS_LOOPBACK", default=False)

# --- API ----------------------------------------------------------------------------------------
API_BODY_MAX_BYTES = 5 * 1024 * 1024  # 200 actions of 2,000 twice-escaped characters fit
# Calls per minute and caller, in each web process.
RATE_LIMIT = env.integer("QUALIFORMA_RATE_LIMIT", default=600, least=1, most=1_000_000_000)
PROBLEM_TYPE_BASE = "https://qualiforma.example/problems/"
DATA_UPLOAD_MAX_MEMORY_SIZE = API_BODY_MAX_BYTES
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["qualiforma.api.auth.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["qualiforma.api.permissions.DeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["qualiforma.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["qualiforma.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "qualiforma.api.renderers.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "qualiforma.api.pagination.PageNumbers",
    "DEFAULT_FILTER_BACKENDS": ["qualiforma.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "qualiforma.api.schema.KernelSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "qualiforma.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "QualiForma API",
    "DESCRIPTION": _("Amélioration continue et conformité Qualiopi des organismes de formation."),
    "VERSION": __version__,
    "CONTACT": {"name": "QualiForma", "url": "https://qualiforma.example/"},
    "LICENSE": {
        "name": "© 2026 QualiForma. Tous droits réservés.",
        "identifier": "LicenseRef-QualiForma",
    },
    "TAGS": contract.TAGS,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],  # the same for everybody
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"docExpansion": "none", "filter": True},  # chapters first
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "CAMELIZE_NAMES": True,
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH takes is stated by its own serializer
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,  # they speak to us
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "string", "maxLength": 80, "pattern": "^[A-Za-z0-9_-]{1,80}$"}
    },
    "PREPROCESSING_HOOKS": ["qualiforma.api.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "qualiforma.webhooks.contract.add_webhooks",
        "qualiforma.api.schema.finish",
    ],
    "ENUM_NAME_OVERRIDES": contract.ENUMS,
}

# --- Files, languages, security -----------------------------------------------------------------
# Files: in the state folder, or in a bucket of anything that speaks S3. Its keys to it are boto3's own
# variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a role or a profile.
S3_BUCKET = env.text("QUALIFORMA_S3_BUCKET", default="")
S3_ENDPOINT = env.text("QUALIFORMA_S3_ENDPOINT", default="")
S3_REGION = env.text("QUALIFORMA_S3_REGION", default="")
_in_folder: dict[str, Any] = {
    "BACKEND": "qualiforma.folders.FolderStorage",
    "OPTIONS": {
        "location": HOME / "files",
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
_in_bucket: dict[str, Any] = {
    "BACKEND": "qualiforma.buckets.BucketStorage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT or None,
        "region_name": S3_REGION or None,
        "file_overwrite": False,
        "default_acl": None,
        "max_memory_size": 1024**2,  # a larger file goes by the disk; with 0 by memory alone
    },
}
STORAGES = {
    "default": _in_bucket if S3_BUCKET else _in_folder,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Seals the secret key in backups; kept where backups are not.
BACKUP_PASSPHRASE = env.text("QUALIFORMA_BACKUP_PASSPHRASE", default="")
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # the docs page's assets, straight from the installed packages

USE_TZ = True
TIME_ZONE = "Europe/Paris"  # "today" and what people see; data stays in UTC
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["qualiforma.formats"]

HTTPS = env.flag("QUALIFORMA_HTTPS", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Of the pages under /admin/ alone; without a domain, hence of one host alone.
SESSION_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a long day in the back-office
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = browsers.CONTENT_SECURITY_POLICY
PERMISSIONS_POLICY = browsers.PERMISSIONS_POLICY
# Browser pages elsewhere that may call the API. No cookies: callers bring their token.
CORS_ALLOWED_ORIGINS = env.origins("QUALIFORMA_CORS_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = browsers.CORS_METHODS
CORS_ALLOW_HEADERS = browsers.CORS_REQUEST_HEADERS
CORS_EXPOSE_HEADERS = browsers.CORS_RESPONSE_HEADERS
# W008: http is turned into https by the proxy in front; an API answers, it never redirects.
SILENCED_SYSTEM_CHECKS = ["security.W008"]

# --- Pages under /admin/ ------------------------------------------------------------------------
# Modules that register pages.
STAFF_PAGES = [
    "improvements.admin",
    "qualiforma.training.admin",
    "compliance.admin",
    "actionplans.admin",
    "qualiforma.followup.pages",
    "qualiforma.followup.settings_pages",
    "qualiforma.admin.users",
    "qualiforma.admin.tenant_pages",
    "qualiforma.admin.audit_trail",
    "qualiforma.admin.export_pages",
    "qualiforma.admin.calendar_pages",
    "qualiforma.admin.webhook_pages",
    "qualiforma.training.importing.registration",  # last: it adds import and export to the pages before it
]
# What the home page of a tenant shows: called with the request, returns the template's context.
STAFF_HOME = "improvements.admin.home.fill"
UNFOLD = theme.UNFOLD

DEMO_PASSWORD = env.text("QUALIFORMA_DEMO_PASSWORD", default="qualiforma-demo")
# Filled per feature by `manage.py load_demo`, in this order.
DEMO_LOADERS = [
    "qualiforma.accounts.demo.load",
    "qualiforma.training.demo.load",  # before what names its records
    "compliance.demo.needs.load",  # before the paths given because of one
    "compliance.demo.paths.load",
    "compliance.demo.evidence.load",
    "compliance.demo.organisation.load",
    "improvements.demo.load",
    "compliance.demo.audits.load",  # its findings name plans and evidence
    "actionplans.demo.load",
]

# --- Recommendations ----------------------------------------------------------------------------
# Which engine ranks courses for a needs analysis: the database's, or a language model behind an
# OpenAI-compatible address, which only orders and phrases what the database's has found.
RECOMMENDER = env.choice("RECOMMENDER", default="postgresql", among=("postgresql", "openai"))
RECOMMENDER_URL = env.endpoint("RECOMMENDER_URL", needed=RECOMMENDER == "openai")
RECOMMENDER_MODEL = env.text("RECOMMENDER_MODEL", default="default")
RECOMMENDER_KEY = env.text("RECOMMENDER_KEY", default="")
RECOMMENDER_SECONDS = env.integer("RECOMMENDER_SECONDS", default=8, least=1, most=30)

# --- Metrics ------------------------------------------------------------------------------------
METRICS = env.flag("QUALIFORMA_METRICS", default=False)
METRICS_TOKEN = env.text("QUALIFORMA_METRICS_TOKEN", default="")
# Named by `serve`, where the workers' counts are added up; prometheus_client reads the same name.
METRICS_FOLDER = env.text("PROMETHEUS_MULTIPROC_DIR", default="")

# --- Logs ---------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("QUALIFORMA_LOG_LEVEL", default="INFO", among=logs.LEVELS)
LOGGING = logs.configuration(
    style=env.choice("QUALIFORMA_LOG_FORMAT", default="json", among=logs.STYLES),
    level=LOG_LEVEL,
    values=DEBUG,
)
