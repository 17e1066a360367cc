"""The officer's list of privacy requests, with how many days are left, and what else waits for a human.

Nothing in it names the person. Moves go through the same functions as the API's.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import models
from django.http import HttpRequest

from consent.models import PrivacyRequest, PrivacyTask, RequestEvent
from consent.requests.kinds import CLOSED, DENIALS
from cxprofiles.admin.pages import Undeletable, actor_of
from profiles.privacy.requests import (
    NoSuchRequest,
    NotNow,
    approve_request,
    cancel_request,
    deny_request,
    retry_request,
)

if TYPE_CHECKING:
    EventsBase = admin.TabularInline[RequestEvent, PrivacyRequest]
else:
    EventsBase = admin.TabularInline

SOON = timedelta(days=7)


class DueFilter(admin.SimpleListFilter):
    """What is open, due soon or overdue."""

    title = "deadline"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("soon", f"Due within {SOON.days} days"), ("open", "Open")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest]
    ) -> models.QuerySet[PrivacyRequest]:
        if self.value() is None:
            return queryset
        open_ones = queryset.exclude(state__in=CLOSED)
        today = datetime.now(UTC).date()
        if self.value() == "overdue":
            return open_ones.filter(due_on__lt=today)
        if self.value() == "soon":
            return open_ones.filter(internal_due_on__lte=today + SOON)
        return open_ones


class LookedAt:
    """Rows that are only looked at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Events(LookedAt, EventsBase):
    """The life of a request."""

    model = RequestEvent
    fields = ("at", "actor", "name", "from_state", "to_state", "detail")


class ReasonForm(ActionForm):
    """What a refusal needs beside the rows."""

    reason = forms.ChoiceField(choices=[("", "reason for denial …"), *((one, one) for one in DENIALS)], required=False)
    explanation = forms.CharField(
        required=False, max_length=2000, widget=forms.TextInput(attrs={"placeholder": "words of the letter"})
    )


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(Undeletable):
    """Privacy requests."""

    list_display = ("id", "type", "state", "days_left", "due_on", "source", "regulation", "verified", "received_at")
    list_filter = (DueFilter, "state", "type", "source", "regulation")
    date_hierarchy = "received_at"
    inlines = (Events,)
    exclude = ("subject",)
    actions = ("approve", "deny", "cancel", "retry")
    action_form = ReasonForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        # The list needs the permission for its actions; one request is only looked at.
        return obj is None and super().has_change_permission(request, obj)

    @admin.display(description="days left")
    def days_left(self, obj: PrivacyRequest) -> str:
        if obj.state in CLOSED:
            return "closed"
        left = (obj.internal_due_on - datetime.now(UTC).date()).days
        return f"{left} days left" if left >= 0 else f"{-left} days late"

    @admin.display(description="verified", boolean=True)
    def verified(self, obj: PrivacyRequest) -> bool:
        return obj.verified_at is not None or obj.identity_needed == "none"

    @admin.action(description="Approve", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest]) -> None:
        self._each(request, queryset, lambda id_: approve_request(id=id_, actor=actor_of(request)))

    @admin.action(description="Deny, with the reason and words beside", permissions=["change"])
    def deny(self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest]) -> None:
        reason, words = request.POST.get("reason", ""), request.POST.get("explanation", "").strip()
        if reason not in DENIALS or not words:
            messages.error(request, "Choose a reason and write the words of the letter; nothing was denied.")
            return
        self._each(
            request,
            queryset,
            lambda id_: deny_request(id=id_, reason=reason, explanation=words, actor=actor_of(request)),
        )

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest]) -> None:
        self._each(request, queryset, lambda id_: cancel_request(id=id_, actor=actor_of(request)))

    @admin.action(description="Try again what failed", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest]) -> None:
        self._each(request, queryset, lambda id_: retry_request(id=id_, actor=actor_of(request)))

    def _each(
        self, request: HttpRequest, queryset: models.QuerySet[PrivacyRequest], move: Callable[[UUID], object]
    ) -> None:
        """Move each request, and say which could not be."""
        done = 0
        for id_ in queryset.values_list("id", flat=True):
            try:
                move(id_)
            except (NotNow, NoSuchRequest) as refusal:
                messages.error(request, f"{id_}: {refusal}")
            else:
                done += 1
        if done:
            messages.success(request, f"Done for {done}.")


@admin.register(PrivacyTask)
class PrivacyTaskAdmin(Undeletable):
    """What waits for a human."""

    list_display = ("kind", "subject", "count", "opened_at", "last_at", "closed_at", "closed_by")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    actions = ("close",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, queryset: models.QuerySet[PrivacyTask]) -> None:
        found = queryset.filter(closed_at=None).update(closed_at=datetime.now(UTC), closed_by=actor_of(request))
        messages.success(request, f"Closed {found}.")
