"""Tokens of services that call the API."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from consent.purpose_reading import purpose_keys
from cxprofiles.admin.pages import Undeletable, actor_of, checked
from cxprofiles.models import ApiToken
from cxprofiles.tokens import TokenExists, check_token, create_token, revoke_token
from profiles.models import Source

if TYPE_CHECKING:
    TokenFormBase = forms.ModelForm[ApiToken]
else:
    TokenFormBase = forms.ModelForm


def purpose_choices() -> list[tuple[str, str]]:
    """The purposes that exist now."""
    return [(key, key) for key in sorted(purpose_keys())]


class TokenForm(TokenFormBase):
    """A new token, shown once after saving."""

    scopes = forms.MultipleChoiceField(choices=ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple)
    purposes = forms.MultipleChoiceField(choices=purpose_choices, widget=forms.CheckboxSelectMultiple, required=False)
    channels = forms.MultipleChoiceField(
        choices=Source.Channel.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "purposes", "channels", "expires_at")
        widgets = {"name": forms.TextInput}  # noqa: RUF012 - Django's own form

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_token(**data))
            if ApiToken.objects.filter(name=data["name"], revoked_at=None).exists():
                raise ValidationError(str(TokenExists()))
        return data


@admin.register(ApiToken)
class ApiTokenAdmin(Undeletable):
    """Tokens: made and revoked, never changed."""

    form = TokenForm
    list_display = ("name", "hint", "scopes", "purposes", "channels", "created_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        # The list needs the permission for its action; one row alone is only looked at.
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token = create_token(**form.cleaned_data, actor=actor_of(request))
        obj.pk = ApiToken.objects.get(name=obj.name, revoked_at=None).pk
        messages.warning(request, f"The token, which is not shown again: {token}")

    @admin.action(description="Revoke at once", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: models.QuerySet[ApiToken]) -> None:
        for name in queryset.filter(revoked_at=None).values_list("name", flat=True):
            revoke_token(name=name, actor=actor_of(request))
