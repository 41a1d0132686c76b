"""Every setting, read from the environment (or from var/env, which `make run` writes).

Knows: names, defaults and what each is for; docs/settings.md lists them and a test holds it to
this file. Does not know: secrets. SECRET_KEY has no default, so a deployment that forgets it
does not start.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

from config.broker import broker_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("TRIPTYCH_VAR", default=str(BASE_DIR / "var")))
if (VAR_DIR / "env").exists():
    environ.Env.read_env(VAR_DIR / "env")

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise SystemExit(
        "SECRET_KEY is not set: run `make run` once (it makes one for this checkout), "
        "or export SECRET_KEY yourself."
    )
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "config",
    "generation",
    "raters",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.language_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
        },
    }
]

# --- data ------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/triptych.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "config.sqlite3"  # Django's, where writers wait in a queue
    # Writers queue at BEGIN (IMMEDIATE) instead of failing half-way; readers never wait (WAL).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            "PRAGMA cache_size=-20000;"
        ),
    }
else:
    # A statement that comes again is parsed and planned once a connection: half the work.
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 3}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6 * 999 + 100  # a mark for every step of six rationales
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=200_000_000)

# --- people ----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "studies"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
SIGN_IN_LINK_HOURS = 24

# --- what the browser is told ------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_HTTPS = env.bool("SECURE_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_HTTPS else 0
if SECURE_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- tasks -------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default=broker_url(VAR_DIR))
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None  # state lives in the database; Celery is only the engine
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    # Whoever sends does not wait for a broker that is away: the sweeper sends again.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "generation.tasks.generate_chunk": {"queue": "gpu"},
    "generation.tasks.train_part": {"queue": "gpu"},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=10)
SEND_AGAIN_SECONDS = env.int("SEND_AGAIN_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "generation.tasks.sweep_batches",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "runs": {
        "task": "generation.tasks.sweep_runs",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "exports": {
        "task": "raters.tasks.sweep_exports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "webhooks": {
        "task": "raters.tasks.sweep_webhooks",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
}
EXPORT_DIR = Path(env.str("EXPORT_DIR", default=str(VAR_DIR / "exports")))
EXPORT_HOURS = env.int("EXPORT_HOURS", default=72)
GENERATION_DEVICE = env.str("GENERATION_DEVICE", default="cpu")
GENERATION_DTYPE = env.str("GENERATION_DTYPE", default="float32")
# One thread gives the same text on every run; more are faster for a model that fills them.
GENERATION_THREADS = env.int("GENERATION_THREADS", default=1)
# Where a source's server may stand; "*" is anywhere. A key goes where its source says.
GENERATION_HOSTS = env.list("GENERATION_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SERVER_PATIENCE_SECONDS = env.int("SERVER_PATIENCE_SECONDS", default=300)
SERVER_TIMEOUT_SECONDS = env.int("SERVER_TIMEOUT_SECONDS", default=600)
CHUNK_LEASE_SECONDS = env.int("CHUNK_LEASE_SECONDS", default=45)
CHUNK_ROWS = env.int("CHUNK_ROWS", default=64)
MODELS_DIR = Path(env.str("MODELS_DIR", default=str(VAR_DIR / "models")))

# --- the API ---------------------------------------------------------------------------------
# What a token may ask for in a minute is counted here; one web process needs nothing shared.
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
API_READS_PER_MINUTE = env.int("API_READS_PER_MINUTE", default=600)
API_WRITES_PER_MINUTE = env.int("API_WRITES_PER_MINUTE", default=120)
API_RATINGS_PER_MINUTE = env.int("API_RATINGS_PER_MINUTE", default=240)
# Hosts that a webhook may reach although they stand in a private network, or without TLS.
WEBHOOK_HOSTS = env.list("WEBHOOK_HOSTS", default=[])
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["raters.api.authentication.TokenOrRater"],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.access.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["config.api.access.TokenThrottle"],
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.ByCursor",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Described",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.PlainJSON"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "config.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Triptych",
    "VERSION": "1",
    "DESCRIPTION": "Question sets, batches, studies, ratings, results and exports, for scripts.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "raters.models.Study.State",
        "BatchState": "generation.models.GenerationBatch.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.add_problems",
    ],
}

# --- the rest ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Of raters' pages; each says its own name. docs/languages.md says how to add one.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "raters" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
