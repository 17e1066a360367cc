"""The paths of the protocols by which other organisations send requests, each in both of its spellings."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from consent.protocols.opendsr import OPENCOMPLIANCE, OPENGDPR
from cxprofiles.api import drp, opendsr, opendsr_callbacks, privacy_callers


def both(route: str, view: Callable[..., Any]) -> list[URLPattern]:
    """A path in both of its spellings."""
    return [path(route, view), path(f"{route}/", view)]


# OpenDSR 2.0, 10.1: the routes of its prior names are honoured, with their headers. They are in no document of ours.
V1: dict[str, Any] = {"dialect": OPENGDPR, "schema": None}
COMPLIANCE: dict[str, Any] = {"dialect": OPENCOMPLIANCE, "schema": None}

urlpatterns: list[URLPattern] = [
    *both("v2/discovery", opendsr.DiscoveryView.as_view()),
    *both("v2/requests", opendsr.RequestsView.as_view()),
    *both("v2/requests/<str:request_id>", opendsr.RequestView.as_view()),
    *both("v2/status/<str:request_id>", opendsr.StatusView.as_view()),
    *both("v1/discovery", opendsr.DiscoveryView.as_view(**V1)),
    *both("v1/opengdpr_requests", opendsr.RequestsView.as_view(**V1)),
    *both("v1/opengdpr_requests/<str:request_id>", opendsr.RequestView.as_view(**V1)),
    *both("v1/status/<str:request_id>", opendsr.StatusView.as_view(**V1)),
    *both("v1/opencompliance_requests", opendsr.RequestsView.as_view(**COMPLIANCE)),
    *both("v1/opencompliance_requests/<str:request_id>", opendsr.RequestView.as_view(**COMPLIANCE)),
    *both("opendsr/certificate.pem", opendsr.certificate),
    *both("opendsr/callbacks", opendsr_callbacks.CallbacksView.as_view()),
    *both("opengdpr_callbacks", opendsr_callbacks.CallbacksView.as_view(**V1)),
    *both("v1/data-rights-request", drp.ExerciseView.as_view()),
    *both("v1/data-rights-request/<str:request_id>", drp.ExerciseStatusView.as_view()),
    *both("v1/agent/<str:agent_id>", drp.AgentView.as_view()),
    *both("drp/verify/<uuid:request_id>", drp.verify),
    *both("v1/privacy/callers", privacy_callers.CallersView.as_view()),
    *both("v1/privacy/callers/<str:protocol>/<str:name>", privacy_callers.CallerView.as_view()),
    *both("v1/privacy/callers/<str:protocol>/<str:name>/rotate", privacy_callers.CallerRotateView.as_view()),
    *both("v1/privacy/callers/<str:protocol>/<str:name>/revoke", privacy_callers.CallerRevokeView.as_view()),
]
