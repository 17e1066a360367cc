"""The edge as a Django app."""

from importlib import import_module

from django.apps import AppConfig


class EdgeConfig(AppConfig):
    """Binds the tasks to their broker wherever Django runs, and registers the checks."""

    name = "cxprofiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("cxprofiles.celery")
        import_module("cxprofiles.checks")
