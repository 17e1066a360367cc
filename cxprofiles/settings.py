"""All settings, from the environment; a wrong value stops the start with a sentence.

Where DATABASE_URL or REDIS_URL is not given, the servers of the stack that runs over the data folder are used.
Importing this module starts nothing and writes nothing.
"""

import hmac
import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from consent.receipts import Terms, read_terms
from consent.requests.kinds import REGULATIONS, TYPES
from cxprofiles import __version__
from cxprofiles.backoffice.rights import ROLES
from cxprofiles.stack.folder import data_folder

Value = TypeVar("Value")


def setting(name: str, default: Value, read: Callable[[str], Value]) -> Value:
    """The environment's value of a setting, or the default; a wrong one ends the process with a sentence."""
    value = os.environ.get(name, "")
    if not value:
        return default
    try:
        return read(value)
    except ValueError as error:
        raise SystemExit(f"cxprofiles: the setting {name} is wrong: {error}") from None


def read_switch(value: str) -> bool:
    """Yes or no."""
    if value.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
        raise ValueError("say 1 or 0.")
    return value.lower() in ("1", "true", "yes", "on")


def read_list(value: str) -> list[str]:
    """Words between commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


def read_origins(value: str) -> list[str]:
    """Origins of pages, between commas."""
    origins = read_list(value)
    if not all(urlsplit(origin).scheme in ("http", "https") and urlsplit(origin).netloc for origin in origins):
        raise ValueError("each origin has a scheme and a host, as in https://profiles.example.org.")
    return origins


def read_vendor(value: str) -> int:
    """A vendor's number."""
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65_536):
        raise ValueError("it is a whole number from 1 to 65535.")
    return int(value)


def read_versioned_keys(value: str) -> dict[int, bytes]:
    """Keys by version, as in 1:HEX,2:HEX; each of at least 32 bytes."""
    found: dict[int, bytes] = {}
    for part in read_list(value):
        version, _, key = part.partition(":")
        if not (version.isascii() and version.isdigit() and 0 < int(version) < 32_768):
            raise ValueError("each key has a number before it, as in 1:HEX.")
        try:
            found[int(version)] = bytes.fromhex(key)
        except ValueError:
            raise ValueError("a key is written in hexadecimal; `openssl rand -hex 32` makes good ones.") from None
        if len(found[int(version)]) < 32:
            raise ValueError("a key has at least 32 bytes; `openssl rand -hex 32` makes good ones.")
    if not found:
        raise ValueError("it names no key.")
    return found


def read_regulation(value: str) -> str:
    """A law that requests are judged by."""
    if value not in REGULATIONS:
        raise ValueError(f"it is one of {', '.join(REGULATIONS)}.")
    return value


def read_country(value: str) -> str:
    """A country as ISO 3166 has it."""
    if not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise ValueError("it is a country's two letters, such as DE.")
    return value.upper()


def read_days(value: str) -> int:
    """A number of days."""
    if not (value.isascii() and value.isdigit() and int(value) <= 30):
        raise ValueError("it is a whole number of days, up to 30.")
    return int(value)


def read_whole_number(value: str) -> int:
    """A whole number above zero."""
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 100_000):
        raise ValueError("it is a whole number from 1 to 100000.")
    return int(value)


def read_role(value: str) -> str:
    """A role that staff may have."""
    if value not in ROLES:
        raise ValueError(f"it is one of {', '.join(ROLES)}.")
    return value


def read_issuer(value: str) -> str:
    """The address of an OpenID provider, without a slash at its end."""
    address = read_web_address(value).rstrip("/")
    if not address.startswith("https:") and urlsplit(address).hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("it begins with https: what it says is believed for being said over TLS.")
    return address


def read_request_types(value: str) -> list[str]:
    """Types of privacy requests, between commas."""
    types = read_list(value)
    if not set(types) <= set(TYPES):
        raise ValueError(f"each is one of {', '.join(TYPES)}.")
    return types


def read_four_eyes(value: str) -> list[str]:
    """What a second member of staff must agree to, between commas."""
    acts = read_list(value)
    if not set(acts) <= set(FOUR_EYES_ACTS):
        raise ValueError(f"each is one of {', '.join(FOUR_EYES_ACTS)}.")
    return acts


def read_size(value: str) -> int:
    """How many of something there may be at the most."""
    if not (value.isascii() and value.isdigit() and int(value) <= 1_000_000):
        raise ValueError("it is a whole number, up to 1000000.")
    return int(value)


def read_public_url(value: str) -> str:
    """The address of the service, without a slash at its end."""
    [origin] = read_origins(value.rstrip("/"))
    return origin


def read_email_url(value: str) -> dict[str, Any]:
    """A mail server's address as Django's settings. A wrong one is not repeated: it holds a password."""
    wrong = ValueError("it must look like smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465.")
    try:
        parts = urlsplit(value)
        host, port, query = parts.hostname, parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or query.keys() - {"starttls"}:
        raise wrong
    starttls = parts.scheme == "smtp" and read_switch(query.get("starttls", ["1"])[0])
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": starttls,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def read_mail_address(value: str) -> str:
    """An address to send from, with or without a name before it, as in Example Shop <privacy@example.org>."""
    name, address = parseaddr(value)
    if address.count("@") != 1 or not all(address.split("@")) or any(mark in value for mark in "\r\n"):
        raise ValueError("it is an address such as privacy@example.org, or Example Shop <privacy@example.org>.")
    return formataddr((name, address))


def read_web_address(value: str) -> str:
    """An address that something is posted to. A wrong one is not repeated in the sentence: it may hold a key."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it has a scheme and a host, as in https://gateway.example.org/send.")
    return value


def read_file(value: str) -> Path:
    """A file that is there."""
    path = Path(value)
    if not path.is_file():
        raise ValueError("there is no such file.")
    return path


def read_domain(value: str) -> str:
    """The name of a host."""
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", value.lower()) or len(value) > 253:
        raise ValueError("it is the name of a host, such as profiles.example.org.")
    return value.lower()


def read_secret(value: str) -> str:
    """A key that is too long to be guessed."""
    if len(value) < 32:
        raise ValueError("it needs at least 32 characters; `openssl rand -base64 48` makes good ones.")
    return value


def read_controller(value: str) -> Terms:
    """What every consent record says of the deployment, as a JSON object."""
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON.") from None
    return read_terms(content)


def read_database_url(value: str) -> dict[str, Any]:
    """A libpq address (postgresql://user:password@host:port/name?…) as Django's database settings.

    A wrong one is not repeated in the sentence: it holds a password.
    """
    if urlsplit(value).scheme not in ("postgresql", "postgres"):
        raise ValueError("it must look like postgresql://user:password@host:5432/name.")
    try:
        parts = conninfo_to_dict(value)
    except ProgrammingError:
        raise ValueError("it is no address that PostgreSQL understands.") from None
    taken = {django: str(parts.pop(libpq, None) or "") for django, libpq in POSTGRES_PARTS.items()}
    if not taken["NAME"]:
        raise ValueError("it names no database: end it with /name.")
    return {**taken, "OPTIONS": parts}


def read_redis_url(value: str) -> str:
    """An address as redis-py understands it; kombu's spelling of a socket, redis+socket://, is accepted too."""
    parts = urlsplit(value)
    if parts.scheme == "redis+socket":
        database = parse_qs(parts.query).get("virtual_host", parse_qs(parts.query).get("db", ["0"]))[0]
        return f"unix://{parts.path}?db={database}"
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.netloc or parts.path):
        raise ValueError("it must look like redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket.")
    return value


def broker_address(redis_url: str) -> str:
    """The same server in kombu's spelling."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[0]}"


FOUR_EYES_ACTS = ("erasure", "merge")
POSTGRES_PARTS = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = __version__
DATA_DIR = data_folder()
STACK = DATA_DIR.running() if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")) else None

DEBUG = False
# This machine's own names are always good: health checks come under them.
NO_WORDS: list[str] = []
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *setting("ALLOWED_HOSTS", NO_WORDS, read_list)]
CSRF_TRUSTED_ORIGINS = setting("CSRF_TRUSTED_ORIGINS", NO_WORDS, read_origins)
BEHIND_TLS = setting("BEHIND_TLS", False, read_switch)

# Processes with different keys would not find each other's identifiers, so none touches a database without the
# deployment's own. Only the supervisor may start without one: it makes it. A command that needs no database may too.
SECRET_KEY_GIVEN = setting("SECRET_KEY", DATA_DIR.secret_key(), read_secret)
if SECRET_KEY_GIVEN is None and os.environ.get("DATABASE_URL") and sys.argv[1:2] != ["up"]:
    raise SystemExit(
        "cxprofiles: DATABASE_URL is set and SECRET_KEY is not. Set it to 32 characters or more that nobody can guess, "
        "or name with CXPROFILES_DATA_DIR the data folder that holds it."
    )
SECRET_KEY = SECRET_KEY_GIVEN or secrets.token_urlsafe(48)
SECRET_KEY_FALLBACKS = setting("SECRET_KEY_FALLBACKS", NO_WORDS, read_list)
# Keys the hash by which identifiers are found. It must outlive a change of SECRET_KEY: give it before you change that.
IDENTIFIER_KEY: bytes = setting(
    "IDENTIFIER_KEY",
    hmac.digest(SECRET_KEY.encode(), b"cxprofiles identifier key", "sha256"),
    lambda value: read_secret(value).encode(),
)
# The keys that sign receipts follow from it. After a change new receipts get a new key; old ones stay verifiable.
RECEIPT_SECRET: bytes = setting(
    "RECEIPT_SECRET",
    hmac.digest(SECRET_KEY.encode(), b"cxprofiles receipt secret", "sha256"),
    lambda value: read_secret(value).encode(),
)
# Keys the hashes by which people who were erased are known again (consent/pseudonyms.py), by version. It must outlive a
# change of SECRET_KEY, and backups of the database must not hold it.
SUPPRESSION_KEYS: dict[int, bytes] = setting(
    "SUPPRESSION_KEYS",
    {1: hmac.digest(SECRET_KEY.encode(), b"cxprofiles suppression key", "sha256")},
    read_versioned_keys,
)
# Seals what is stored for a while and names a person: requests that are under way, messages, packages.
SEALING_SECRET: bytes = setting(
    "SEALING_SECRET",
    hmac.digest(SECRET_KEY.encode(), b"cxprofiles sealing secret", "sha256"),
    lambda value: read_secret(value).encode(),
)
# What a restored backup is put right by (manage.py replay_erasures). Every process must see the same file, and backups
# of the database must not hold it.
ERASURE_LOG: Path = setting("ERASURE_LOG", DATA_DIR.path / "erasures.log", Path)

# Privacy requests: the law and the calendar where a request names none, how long an erasure can be cancelled, which
# types wait for an officer's approval, and who is reminded of deadlines.
PRIVACY_REGULATION: str = setting("PRIVACY_REGULATION", "gdpr", read_regulation)
PRIVACY_COUNTRY: str = setting("PRIVACY_COUNTRY", "", read_country)
PRIVACY_COOLING_OFF_DAYS: int = setting("PRIVACY_COOLING_OFF_DAYS", 0, read_days)
PRIVACY_APPROVAL: list[str] = setting("PRIVACY_APPROVAL", NO_WORDS, read_request_types)
PRIVACY_OFFICER_EMAIL: str = setting("PRIVACY_OFFICER_EMAIL", "", str)
PRIVACY_AUTHORITY: str = setting("PRIVACY_AUTHORITY", "", str)
# What two members of staff must agree to where somebody has more identifiers, or more interactions, than the number.
FOUR_EYES: list[str] = setting("FOUR_EYES", NO_WORDS, read_four_eyes)
FOUR_EYES_ABOVE: int = setting("FOUR_EYES_ABOVE", 100, read_size)
# The address of the service as people reach it, for links in messages; empty: as the request came in.
PUBLIC_URL: str = setting("PUBLIC_URL", "", read_public_url)

# Messages to people: where mail and text messages go. Where no server is set they are written into a folder.
MAIL_FOLDER: Path = DATA_DIR.path / "mail"
_MAIL: dict[str, Any] = setting("EMAIL_URL", {"EMAIL_BACKEND": "cxprofiles.mail_folder.FolderBackend"}, read_email_url)
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST = _MAIL.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _MAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _MAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL: str = setting("MAIL_FROM", "privacy@localhost", read_mail_address)
TEXT_MESSAGE_URL: str = setting("TEXT_MESSAGE_URL", "", read_web_address)
# Whether recipients and callers may be told at http addresses and within this network: for tests and demos.
OUTGOING_PRIVATE: bool = setting("OUTGOING_PRIVATE", False, read_switch)

# Staff: whether each needs a second factor (off is for trials alone: whoever guesses a password then reads the profiles
# of all), how long they may do nothing before they are signed out, and after how long they sign in anew anyway.
STAFF_SECOND_FACTOR: bool = setting("STAFF_SECOND_FACTOR", True, read_switch)
STAFF_IDLE_MINUTES: int = setting("STAFF_IDLE_MINUTES", 30, read_whole_number)
STAFF_SESSION_HOURS: int = setting("STAFF_SESSION_HOURS", 12, read_whole_number)
# Single sign-on by OpenID Connect. Only who was invited gets in, unless OIDC_ROLE names the role that newcomers have.
OIDC_ISSUER: str = setting("OIDC_ISSUER", "", read_issuer)
OIDC_CLIENT_ID: str = setting("OIDC_CLIENT_ID", "", str)
OIDC_CLIENT_SECRET: str = setting("OIDC_CLIENT_SECRET", "", str)
OIDC_NAME: str = setting("OIDC_NAME", "Single sign-on", str)
OIDC_ROLE: str = setting("OIDC_ROLE", "", read_role)
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise SystemExit("cxprofiles: OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it.")

# OpenDSR: the key and the certificate that answers are signed with, as PEM files, and the domain that it is issued to,
# by default the host of PUBLIC_URL. Without files a pair that certifies itself is made in the data folder, for trials.
# Lenient: a request may lack the regulation, and is then judged by PRIVACY_REGULATION.
OPENDSR_PRIVATE_KEY: Path | None = setting("OPENDSR_PRIVATE_KEY", None, read_file)
OPENDSR_CERTIFICATE: Path | None = setting("OPENDSR_CERTIFICATE", None, read_file)
OPENDSR_DOMAIN: str = setting("OPENDSR_DOMAIN", urlsplit(PUBLIC_URL).hostname or "", read_domain)
OPENDSR_LENIENT: bool = setting("OPENDSR_LENIENT", False, read_switch)
if (OPENDSR_PRIVATE_KEY is None) != (OPENDSR_CERTIFICATE is None):
    raise SystemExit("cxprofiles: give OPENDSR_PRIVATE_KEY and OPENDSR_CERTIFICATE together, or neither.")
# Data Rights Protocol: what this business is called in the network's directory; empty: it takes part in none.
DRP_BUSINESS_ID: str = setting("DRP_BUSINESS_ID", "", str)

# Stands in a consent record where the notice that was shown says nothing of its own.
CONSENT_CONTROLLER = setting("CONSENT_CONTROLLER", Terms(), read_controller)

# The vendor of the Transparency and Consent Framework that this deployment is, if it is one: a TC string then grants
# nothing unless it holds this vendor's consent too.
TCF_VENDOR_ID: int | None = setting("TCF_VENDOR_ID", None, read_vendor)

# Where no stack runs, the address leads nowhere, and manage.py says in a sentence what is missing.
NOWHERE = f"postgresql://cxprofiles@/cxprofiles?host={quote(str(DATA_DIR.path))}/no-stack-runs-here"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **setting("DATABASE_URL", read_database_url(STACK.database_url if STACK else NOWHERE), read_database_url),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", "5")
DATABASES["default"]["OPTIONS"].setdefault("application_name", "cxprofiles")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = setting(
    "REDIS_URL",
    STACK.redis_url if STACK else f"unix://{quote(str(DATA_DIR.path))}/no-stack-runs-here?db=0",
    read_redis_url,
)

# Celery is a bell, never a queue of record: a lost or doubled message harms nothing, and a broker that is away
# must fail at once rather than hold up the one who rings.
CELERY_BROKER_URL = broker_address(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"

# How often somebody tried to sign in, and which codes were used, must be the same in all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cxprofiles",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "consent",
    "profiles",
    "cxprofiles",
    # After our own, whose templates stand before theirs.
    "cxprofiles.admin_site.StaffAdminConfig",
    "allauth",
    "cxprofiles.signing_in.apps.SigningInConfig",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
# Each layer costs every request: sessions, CSRF protection, the signed-in user and messages are for pages only.
MIDDLEWARE = [
    "cxprofiles.middleware.security_headers",
    "cxprofiles.middleware.no_nul_in_paths",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cxprofiles.middleware.PageSessionMiddleware",
    "cxprofiles.middleware.PageCsrfMiddleware",
    "cxprofiles.middleware.PageAuthenticationMiddleware",
    "cxprofiles.middleware.PageMessageMiddleware",
    "cxprofiles.signing_in.middleware.StaffMiddleware",
]
PAGE_PREFIXES = ("/admin/", "/privacy/", "/backoffice/", "/accounts/")
LOGIN_URL = "/accounts/login/"
SECOND_FACTOR_URL = "/accounts/2fa/"
STAFF_PREFIXES = ("/admin/", "/backoffice/", "/accounts/")
ROOT_URLCONF = "cxprofiles.urls"
WSGI_APPLICATION = "cxprofiles.wsgi.application"
APPEND_SLASH = False  # A redirect turns a client's POST into a GET.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cxprofiles.signing_in.pages.surroundings",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Signing in (cxprofiles/signing_in): by user name or address. Nobody signs up.
AUTHENTICATION_BACKENDS = ["cxprofiles.signing_in.backend.OneCheckBackend"]
LOGIN_REDIRECT_URL = "/backoffice/"
ACCOUNT_ADAPTER = "cxprofiles.signing_in.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]  # the library compares these with the methods
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever invites a person vouches for the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to whatever address somebody types
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BEHIND_TLS else "http"
ACCOUNT_SESSION_REMEMBER = True  # as long as STAFF_SESSION_HOURS says
MFA_ADAPTER = "cxprofiles.signing_in.second_factors.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a clock may be off, either way; each code counts once (forms.py)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
ACCOUNT_FORMS = {
    "login": "cxprofiles.signing_in.forms.LoginForm",
    "reauthenticate": "cxprofiles.signing_in.forms.ReauthenticateForm",
    "reset_password": "cxprofiles.signing_in.forms.ResetPasswordForm",
    "reset_password_from_key": "cxprofiles.signing_in.forms.ResetPasswordKeyForm",
    "change_password": "cxprofiles.signing_in.forms.ChangePasswordForm",
    "set_password": "cxprofiles.signing_in.forms.SetPasswordForm",
}
MFA_FORMS = {
    "authenticate": "cxprofiles.signing_in.forms.CodeForm",
    "reauthenticate": "cxprofiles.signing_in.forms.CodeAgainForm",
    "activate_totp": "cxprofiles.signing_in.forms.FirstCodeForm",
    "add_webauthn": "cxprofiles.signing_in.forms.AddPasskeyForm",
    "authenticate_webauthn": "cxprofiles.signing_in.forms.UsePasskeyForm",
    "login_webauthn": "cxprofiles.signing_in.forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "cxprofiles.signing_in.forms.PasskeyAgainForm",
}
SOCIALACCOUNT_ADAPTER = "cxprofiles.signing_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}

CSRF_FAILURE_VIEW = "cxprofiles.signing_in.pages.refused_page"
# Browsers take a cookie of such a name only over TLS, and from this very host.
SESSION_COOKIE_NAME = "__Host-session" if BEHIND_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if BEHIND_TLS else "csrftoken"
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script reads it
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# The doors in front of Django bound the body themselves; this bounds what a page's form may send.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = None  # The files are served from where the packages have them; nothing is collected first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
# Those that the pages for consumers are translated into.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("id", "Bahasa Indonesia")]
LOCALE_PATHS = [BASE_DIR / "cxprofiles" / "locale"]  # above those of libraries, which say some of the words otherwise
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "cxprofiles",
    "DESCRIPTION": "Recognises a consumer at every touchpoint, and shows each one their data and choices.",
    "VERSION": VERSION,
    "LICENSE": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "cxprofiles.logs.PlainFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A refused request is the caller's matter and is counted, not logged.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "kombu": {"level": "WARNING"},
    },
}
