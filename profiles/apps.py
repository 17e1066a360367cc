"""The pipeline as a Django app."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    """The pipeline's tables."""

    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"
