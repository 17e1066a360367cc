"""The paths of the pages for consumers, below /privacy/. Each is served with and without its trailing slash."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from cxprofiles.portal.accesses import accesses_page
from cxprofiles.portal.choices import choices_page
from cxprofiles.portal.confirm import confirm_page
from cxprofiles.portal.overview import correct_page, overview_page
from cxprofiles.portal.own_receipts import receipt_file, receipts_page
from cxprofiles.portal.own_requests import appeal_page, cancel_page, confirm_request, request_page, requests_page
from cxprofiles.portal.packages import package_page
from cxprofiles.portal.pages import language_page
from cxprofiles.portal.request_forms import request_form
from cxprofiles.portal.start import code_page, leave_page, link_page, opt_out_page, start_page

PATHS: dict[str, Callable[..., Any]] = {
    "privacy/code": code_page,
    "privacy/link/<str:token>": link_page,
    "privacy/leave": leave_page,
    "privacy/opt-out": opt_out_page,
    "privacy/language/<str:code>": language_page,
    "privacy/overview": overview_page,
    "privacy/correct/<str:name>": correct_page,
    "privacy/choices": choices_page,
    "privacy/accesses": accesses_page,
    "privacy/receipts": receipts_page,
    "privacy/receipts/<uuid:receipt_id>": receipt_file,
    "privacy/requests": requests_page,
    "privacy/requests/new/<str:form>": request_form,
    "privacy/requests/<uuid:request_id>": request_page,
    "privacy/requests/<uuid:request_id>/confirm": confirm_request,
    "privacy/requests/<uuid:request_id>/cancel": cancel_page,
    "privacy/requests/<uuid:request_id>/appeal": appeal_page,
    "privacy/package/<str:token>": package_page,
}

urlpatterns: list[URLPattern] = [
    path("privacy/confirm/<str:token>", confirm_page, name="confirm"),
    path("privacy/confirm/<str:token>/", confirm_page),
    path("privacy", RedirectView.as_view(url="/privacy/", http_method_names=["get", "head"])),
    path("privacy/", start_page),
    *(path(f"{route}{end}", view) for route, view in PATHS.items() for end in ("", "/")),
]
