"""Consent as a Django app."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """The tables of consent."""

    name = "consent"
    default_auto_field = "django.db.models.BigAutoField"
