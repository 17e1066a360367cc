"""The edge as a Django app."""

from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "cxprofiles"
    default_auto_field = "django.db.models.BigAutoField"
