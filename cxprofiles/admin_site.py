"""Django's admin behind the login of all staff: no login form of its own, and no way in without a second factor."""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode

from cxprofiles.backoffice.second_factor import lacks_second_factor

# Accounts are changed on the screens for people alone, where each change is recorded; secrets are shown nowhere.
NOT_HERE = frozenset({"auth", "account", "mfa", "socialaccount", "usersessions"})


class StaffAdminSite(AdminSite):
    """The admin for raw records."""

    site_header = site_title = "cxprofiles"
    index_title = "Raw records"
    site_url = "/backoffice/"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take what is registered, but for accounts."""
        several: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        shown = [model for model in several if model._meta.app_label not in NOT_HERE]
        if shown:
            super().register(shown, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not lacks_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the login, or to the second factor; who has both and may not come in is told so."""
        if not request.user.is_authenticated:
            return sent_to(settings.LOGIN_URL, request)
        if lacks_second_factor(request):
            return sent_to(settings.SECOND_FACTOR_URL, request)
        if self.has_permission(request):
            return HttpResponseRedirect("/admin/")
        raise PermissionDenied

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Where everybody changes it: there the second factor is asked for first."""
        return HttpResponseRedirect("/accounts/password/change/")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out, to the login of all staff; a link alone signs nobody out."""
        if request.method != "POST":
            return HttpResponseRedirect("/accounts/logout/")
        auth.logout(request)
        return HttpResponseRedirect(settings.LOGIN_URL)


class StaffAdminConfig(AdminConfig):
    """Django's admin with the site above."""

    default_site = "cxprofiles.admin_site.StaffAdminSite"


def sent_to(path: str, request: HttpRequest) -> HttpResponse:
    """To another page, and back to the one that was asked for."""
    wanted = request.GET.get("next", "/admin/")
    here = wanted if wanted.startswith("/admin/") and not wanted.startswith("/admin/login") else "/admin/"
    return HttpResponseRedirect(f"{path}?{urlencode({'next': here})}")
