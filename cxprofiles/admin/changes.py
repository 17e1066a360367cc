"""The trail of each change of the configuration."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from cxprofiles.admin.pages import Undeletable
from profiles.models import ConfigurationChange


@admin.register(ConfigurationChange)
class ConfigurationChangeAdmin(Undeletable):
    """Who changed which setting, when."""

    list_display = ("at", "actor", "subject", "before", "after")
    search_fields = ("actor", "subject")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
