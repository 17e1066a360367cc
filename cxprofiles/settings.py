"""All settings, from the environment; a wrong value stops the start with a sentence."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "replaced-by-the-stack")
DEBUG = False
ALLOWED_HOSTS = ["*"]
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
]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "cxprofiles"}}
USE_TZ = True
