"""The URLs of the hot doors' twins, and of what browser libraries fetch beside them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from cxprofiles.api import browser, recognise
from cxprofiles.api.intake import intake_urls

View = Callable[..., HttpResponse]


def both(route: str, view: View) -> list[URLPattern]:
    """A path with and without its trailing slash: no client may meet a redirect."""
    return [path(route, view), path(f"{route}/", view)]


urlpatterns: list[Any] = [
    *intake_urls(),
    *both("v1/recognise", recognise.recognise_one),
    *both("v1/recognise/batch", recognise.recognise_batch),
    *both("v1/projects/<str:write_key>/settings", browser.segment_settings),
    *both("sourceConfig", browser.rudder_source_config),
    *both("array/<str:key>/config", browser.posthog_config),
    *both("array/<str:key>/config.js", browser.posthog_config_script),
    *both("flags", browser.posthog_flags),
    *both("decide", browser.posthog_flags),
]
