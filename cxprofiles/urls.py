"""The map of URLs. Every path of the API is served with and without its trailing slash, never by a redirect."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from cxprofiles.api import (
    audit,
    consent_checks,
    consent_signals,
    consents,
    decisions,
    door_urls,
    errors,
    health,
    identity,
    metrics,
    notices,
    privacy_deliveries,
    privacy_keeping,
    privacy_letters,
    privacy_log,
    privacy_metrics,
    privacy_moves,
    privacy_packages,
    privacy_plans,
    privacy_recipients,
    privacy_requests,
    privacy_tasks,
    profile_consents,
    profiles,
    protocol_urls,
    purposes,
    quarantine,
    receipts,
    schema,
    sources,
    status,
    timeline,
    tokens,
    traits,
    types,
    well_known,
)
from cxprofiles.backoffice import urls as backoffice_urls
from cxprofiles.portal import urls as portal_urls
from cxprofiles.portal.audit import audit_page
from cxprofiles.portal.certificate import certificate_page
from cxprofiles.portal.failing import as_page
from cxprofiles.portal.pages import nothing_page
from cxprofiles.portal.receipts import verify_page
from cxprofiles.signing_in import urls as signing_in_urls


def both(route: str, view: Callable[..., Any], name: str | None = None) -> list[URLPattern]:
    """A path in both of its spellings."""
    return [path(route, view, name=name), path(f"{route}/", view)]


urlpatterns: list[URLPattern | URLResolver] = [
    *both("healthz", health.healthz),
    *both("readyz", health.readyz),
    *both("metrics", metrics.metrics),
    *both("v1/status", status.StatusView.as_view()),
    *both("v1/openapi.json", schema.openapi, name="openapi"),
    *both("v1/docs", schema.DocsView.as_view()),
    *both("v1/profiles/lookup", profiles.LookupView.as_view()),
    *both("v1/profiles/<uuid:profile_id>", profiles.ProfileView.as_view()),
    *both("v1/profiles/<uuid:profile_id>/timeline", timeline.TimelineView.as_view()),
    *both("v1/profiles/<uuid:profile_id>/identity", identity.GraphView.as_view()),
    *both("v1/profiles/<uuid:profile_id>/consents", profile_consents.ProfileConsentsView.as_view()),
    *both("v1/consents", consents.ConsentsView.as_view()),
    *both("v1/consents/check", consent_checks.CheckView.as_view()),
    *both("v1/consents/check/batch", consent_checks.BatchCheckView.as_view()),
    *both("v1/consents/signals", consent_signals.SignalsView.as_view()),
    *both("v1/identity/explain", identity.ExplainView.as_view()),
    *both("v1/identity/decisions", decisions.DecisionsView.as_view()),
    *both("v1/identity/decisions/<uuid:decision_id>", decisions.DecisionView.as_view()),
    *both("v1/identity/types", types.TypesView.as_view()),
    *both("v1/identity/types/<str:name>", types.TypeView.as_view()),
    *both("v1/identity/types/<str:name>/preview", types.PreviewView.as_view()),
    *both("v1/traits", traits.TraitsView.as_view()),
    *both("v1/traits/<str:name>", traits.TraitView.as_view()),
    *both("v1/consent/purposes", purposes.PurposesView.as_view()),
    *both("v1/consent/purposes/<str:key>", purposes.PurposeView.as_view()),
    *both("v1/consent/notices", notices.NoticesView.as_view()),
    *both("v1/consent/notices/<str:key>/<str:version>", notices.NoticeView.as_view()),
    *both("v1/consent/ages", purposes.AgesView.as_view()),
    *both("v1/consent/ages/<str:country>", purposes.AgeView.as_view()),
    *both("v1/sources", sources.SourcesView.as_view()),
    *both("v1/sources/<str:name>", sources.SourceView.as_view()),
    *both("v1/sources/<str:name>/rotate", sources.RotateView.as_view()),
    *both("v1/sources/<str:name>/revoke", sources.RevokeView.as_view()),
    *both("v1/tokens", tokens.TokensView.as_view()),
    *both("v1/tokens/<str:name>/revoke", tokens.RevokeView.as_view()),
    *both("v1/quarantine", quarantine.QuarantinesView.as_view()),
    *both("v1/quarantine/<int:number>", quarantine.QuarantineView.as_view()),
    *both("v1/quarantine/<int:number>/replay", quarantine.ReplayView.as_view()),
    *both("v1/privacy/requests", privacy_requests.RequestsView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>", privacy_requests.RequestView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/events", privacy_requests.EventsView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/verify", privacy_moves.VerifyView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/acknowledge", privacy_moves.AcknowledgeView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/approve", privacy_moves.ApproveView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/deny", privacy_moves.DenyView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/extend", privacy_moves.ExtendView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/cancel", privacy_moves.CancelView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/review", privacy_moves.ReviewView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/retry", privacy_moves.RetryView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/appeal", privacy_moves.AppealView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/appeal/decision", privacy_moves.DecideAppealView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/package", privacy_packages.PackageView.as_view()),
    *both("v1/privacy/requests/<uuid:request_id>/letter", privacy_letters.LetterView.as_view()),
    *both("v1/privacy/requests/metrics", privacy_metrics.MetricsView.as_view()),
    *both("v1/privacy/requests.csv", privacy_log.LogView.as_view()),
    *both("v1/privacy/deadlines", privacy_log.DeadlinesView.as_view()),
    *both("v1/privacy/suppressed", privacy_tasks.SuppressedView.as_view()),
    *both("v1/privacy/tasks", privacy_tasks.TasksView.as_view()),
    *both("v1/privacy/tasks/<int:number>/close", privacy_tasks.CloseTaskView.as_view()),
    *both("v1/privacy/plan", privacy_plans.PlanView.as_view()),
    *both("v1/privacy/recipients", privacy_recipients.RecipientsView.as_view()),
    *both("v1/privacy/recipients/<str:name>", privacy_recipients.RecipientView.as_view()),
    *both("v1/privacy/recipients/<str:name>/rotate", privacy_recipients.RotateSecretView.as_view()),
    *both("v1/privacy/recipients/<str:name>/test", privacy_recipients.TestRecipientView.as_view()),
    *both("v1/privacy/deliveries", privacy_deliveries.DeliveriesView.as_view()),
    *both("v1/privacy/deliveries/<uuid:delivery_id>/retry", privacy_deliveries.RetryDeliveryView.as_view()),
    *both("v1/privacy/deliveries/<uuid:delivery_id>/acknowledge", privacy_deliveries.AcknowledgeView.as_view()),
    *both("v1/receipts/<uuid:receipt_id>", receipts.ReceiptView.as_view()),
    *both("v1/privacy/retention", privacy_keeping.RetentionView.as_view()),
    *both("v1/privacy/retention/runs", privacy_keeping.RetentionRunsView.as_view()),
    *both("v1/privacy/holds", privacy_keeping.HoldsView.as_view()),
    *both("v1/privacy/holds/<str:name>", privacy_keeping.HoldView.as_view()),
    *both("v1/audit/head", audit.HeadView.as_view()),
    *both("v1/audit/entries", audit.EntriesView.as_view()),
    *both("v1/audit/proofs/inclusion", audit.InclusionView.as_view()),
    *both("v1/audit/proofs/consistency", audit.ConsistencyView.as_view()),
    *both(".well-known/jwks.json", well_known.KeysView.as_view()),
    *both(".well-known/gpc.json", well_known.GpcView.as_view()),
    *both("receipts/verify", verify_page),
    *both("audit/verify", audit_page),
    *both("privacy/certificate/<str:token>", certificate_page, name="certificate"),
    *portal_urls.urlpatterns,
    *protocol_urls.urlpatterns,
    *door_urls.urlpatterns,
    path("admin", RedirectView.as_view(url="/admin/")),
    path("backoffice", RedirectView.as_view(url="/backoffice/")),
    path("admin/", admin.site.urls),
    path("accounts/", include(signing_in_urls)),
    *backoffice_urls.urlpatterns,
    path("privacy/<path:rest>", nothing_page),
]

handler400 = as_page(errors.answer_bad_request)
handler403 = as_page(errors.answer_forbidden)
handler404 = as_page(errors.answer_not_found)
handler500 = as_page(errors.answer_failure)
