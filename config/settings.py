"""All settings, read from the environment. One file; docs/admin.md lists the names."""

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

from config import catalogue, embedded
from core import allowed

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
_var = BASE_DIR / "var" / "test" if TESTING else BASE_DIR / "var"
VAR = Path(os.environ.get("VAR", _var)).resolve()
DEBUG = os.environ.get("DEBUG", "0") == "1"
PORT = int(os.environ.get("PORT", "8000"))
BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
LIVE_URL = os.environ.get("LIVE_URL", "")  # empty: same host, PORT + 1
_host = urlparse(BASE_URL).hostname or "127.0.0.1"
IS_LOOPBACK = _host in {"127.0.0.1", "localhost", "::1"}
IS_HTTPS = BASE_URL.startswith("https://")

SECRET_KEY = os.environ.get("SECRET_KEY") or embedded.secret_key(VAR)
if not IS_LOOPBACK and not os.environ.get("SECRET_KEY"):
    raise ImproperlyConfigured(
        f"BASE_URL is {BASE_URL}, which is not this machine alone: set SECRET_KEY "
        "to a long random text of your own before starting Beeline."
    )
ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h] or [
    _host,
    *(["localhost", "127.0.0.1", "[::1]"] if IS_LOOPBACK else []),
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "config.apps.WiringConfig",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "core",
    "notify",
    "people",
    "processes",
    "itsm",
    "backlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.compressing.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.first_run.FirstRunMiddleware",
    "people.middleware.ReaderMiddleware",
    "core.middleware.RequestContextMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "core.templating.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "core.templating.shell",
            ],
        },
    },
    {  # Django's own admin and the API browser need Django's language
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]


def _database(url: str) -> dict[str, object]:
    """Django's database settings for a postgresql:// URL (socket: host empty)."""
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL must start with postgresql://, not {parts.scheme}://"
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(query.pop("host", "")) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # our statements are short: starting parallel workers, a compiler, or a search
        # for the best order of a dozen joins costs more than it saves
        "OPTIONS": {
            "options": "-c max_parallel_workers_per_gather=0 -c jit=off "
            "-c join_collapse_limit=4"
        }
        | query,
    }


DATABASE_URL = os.environ.get("DATABASE_URL") or embedded.database_url(VAR)
REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url(VAR)
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "beeline",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [  # NIST SP 800-63B: long and not known, nothing else
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {"user_attributes": ("name", "email")},
        "MinimumLengthValidator": {"min_length": 10},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "people.accounts.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {"reset_password": "people.resetting.AskForReset"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if IS_HTTPS else 0  # who is throttled, and where from
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * 10
SOCIALACCOUNT_ADAPTER = "people.pages.sign_in.Sociable"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "people.second_step.SecondStep"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators give the addresses here
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # clocks of phones are up to thirty seconds off
MFA_RECOVERY_CODES_SHOW_ONCE = False

LANGUAGE_CODE = os.environ.get("LANGUAGE_CODE", "en")
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [catalogue.compiled(VAR)]
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "gif", "webp", "woff2"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # half the files to write and to compress
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # looks when asked
WHITENOISE_MAX_AGE = 60 * 60 * 24 * 365 if not (DEBUG or TESTING) else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "people.tokens.TokenAuthentication",
        "people.tokens.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Beeline",
    "DESCRIPTION": "Service management and agile process work, over one event log.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

CELERY_BROKER_URL = embedded.celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep-recurring": {
        "task": "itsm.requests.catalogue.tasks.sweep_recurring",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "send-messages": {
        "task": "notify.tasks.send_messages",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "tidy-messages": {
        "task": "notify.tasks.tidy_messages",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "send-deliveries": {
        "task": "itsm.webhooks.tasks.send_deliveries",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "call-steps": {
        "task": "itsm.requests.tasks.call_steps",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "tell-late-tasks": {
        "task": "itsm.requests.tasks.tell_late_tasks",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sweep-entitlements": {
        "task": "itsm.requests.tasks.sweep_entitlements",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "note-late-ideas": {
        "task": "backlog.stories.tasks.note_late_ideas",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tidy-deliveries": {
        "task": "itsm.webhooks.tasks.tidy_deliveries",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "forget-sessions": {
        "task": "people.tasks.forget_sessions",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "advance-consumers": {
        "task": "core.tasks.advance_consumers",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "work-jobs": {
        "task": "core.tasks.work_jobs",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "shorten-ranks": {
        "task": "backlog.stories.tasks.shorten_ranks",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "tell-lateness": {
        "task": "core.tasks.tell_lateness",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sweep-timed-transitions": {
        "task": "itsm.tickets.tasks.sweep_timers",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "sweep-decisions": {
        "task": "itsm.tickets.tasks.sweep_decisions",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "refresh-decisions": {
        "task": "itsm.tickets.tasks.refresh_decisions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "ask-results": {
        "task": "itsm.changes.tasks.ask_results",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "sweep-clocks": {
        "task": "itsm.sla.tasks.sweep_clocks",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "sweep-pages": {
        "task": "itsm.sla.tasks.sweep_pages",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "work-events": {
        "task": "itsm.monitoring.tasks.work_events",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "tidy-events": {
        "task": "itsm.monitoring.tasks.tidy_events",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "hand-over-to-covers": {
        "task": "itsm.sla.tasks.hand_over_to_covers",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "follow-validity": {
        "task": "itsm.sla.tasks.follow_validity",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "send-outgoing": {
        "task": "itsm.tickets.tasks.send_outgoing",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "tidy-drafts": {
        "task": "itsm.tickets.tasks.tidy_drafts",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "tidy-exports": {
        "task": "itsm.tickets.tasks.tidy_exports",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "fold-ticket-counts": {
        "task": "itsm.tickets.tasks.fold_counts",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
}

_email = urlparse(os.environ.get("EMAIL_URL", ""))
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"beeline@{_host}")
if _email.scheme in {"smtp", "smtps", "smtp+tls"}:
    EMAIL_BACKEND = "core.mailing.EmailBackend"
    EMAIL_HOST = _email.hostname or "localhost"
    EMAIL_PORT = _email.port or (465 if _email.scheme == "smtps" else 25)
    EMAIL_HOST_USER = unquote(_email.username or "")
    EMAIL_HOST_PASSWORD = unquote(_email.password or "")
    EMAIL_USE_SSL = _email.scheme == "smtps"
    EMAIL_USE_TLS = _email.scheme == "smtp+tls"
    EMAIL_TIMEOUT = 20
elif not TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"

REPLY_TO = os.environ.get("REPLY_TO", "")  # empty: answers go to the sender
MESSAGES_PER_MINUTE = {  # on each channel, and on each route of chat and paging
    "mail": int(os.environ.get("MAIL_PER_MINUTE", "1200")),
    "chat": 600,
    "page": 600,
    "route": 60,
}

# Hosts and networks inside that messages and webhooks may go to (core/allowed.py).
OUTBOUND_ALLOW = os.environ.get("OUTBOUND_ALLOW", "")
try:
    allowed.parse_allowed(OUTBOUND_ALLOW)
except ValueError as no:
    raise ImproperlyConfigured(f"OUTBOUND_ALLOW: {no}") from no

# Security follows the scheme of BASE_URL.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "filters": {"keyless": {"()": "core.keyless.Keyless"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["keyless"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
}
