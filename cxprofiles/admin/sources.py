"""Sources and their write keys."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from cxprofiles.admin.pages import Undeletable, actor_of, ask_and_tell, checked
from profiles.configuration import CORRECTING
from profiles.models import Source
from profiles.sources import (
    SourceFields,
    change_source,
    check_fields,
    check_name,
    create_source,
    revoke_source,
)

if TYPE_CHECKING:
    SourceFormBase = forms.ModelForm[Source]
else:
    SourceFormBase = forms.ModelForm


class SourceForm(SourceFormBase):
    """A source. A new one gets a write key, shown once after saving."""

    class Meta:
        model = Source
        fields = (
            "name",
            "channel",
            "trust",
            "region",
            "rank",
            "rate_limit",
            "signing_secret",
            "mappings",
            "consent_categories",
            "consent_rules",
        )
        widgets = {  # noqa: RUF012 - Django's own form
            "name": forms.TextInput,
            "region": forms.TextInput,
            "signing_secret": forms.PasswordInput(render_value=False),
        }

    def clean_signing_secret(self) -> str:
        return str(self.cleaned_data["signing_secret"] or self.initial.get("signing_secret", ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_name(data.get("name") or self.instance.name))
            checked(lambda: check_fields(source_fields(data)))
        return data


def source_fields(data: dict[str, Any]) -> SourceFields:
    """A form's data as the fields of a source."""
    held = {name: data[name] for name in SourceFields.__dataclass_fields__}
    for name in ("mappings", "consent_categories", "consent_rules"):
        held[name] = held[name] or {}
    if not is_map_of_texts(held["mappings"]):
        raise ValidationError("Mappings are an object of paths and identifier types.")
    if not is_map_of_texts(held["consent_rules"]):
        raise ValidationError("Consent rules are an object of purposes and what is done where they are denied.")
    categories = held["consent_categories"]
    lists = isinstance(categories, dict) and [[one] if isinstance(one, str) else one for one in categories.values()]
    if lists is False or not all(isinstance(one, list) and all(isinstance(key, str) for key in one) for one in lists):
        raise ValidationError("Consent categories are an object of categories and purposes, or lists of them.")
    return SourceFields(**held)


def is_map_of_texts(value: Any) -> bool:
    """Whether what was given as JSON leads from texts to texts."""
    return isinstance(value, dict) and all(isinstance(found, str) for found in value.values())


@admin.register(Source)
class SourceAdmin(Undeletable):
    """Sources."""

    form = SourceForm
    list_display = ("name", "channel", "trust", "rank", "rate_limit", "created_at", "disabled_at")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Source]:
        """All that are channels; the service's own is not edited."""
        return super().get_queryset(request).exclude(rank=CORRECTING)

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        fields = source_fields(form.cleaned_data)
        if change:
            ask_and_tell(request, change_source(name=obj.name, fields=fields, actor=actor_of(request)).needs_rebuild)
            return
        key = create_source(name=obj.name, fields=fields, actor=actor_of(request))
        obj.pk = Source.objects.get(name=obj.name).pk
        messages.warning(request, f"The write key, which is not shown again: {key}")

    @admin.action(description="Revoke all write keys and disable")
    def revoke(self, request: HttpRequest, queryset: models.QuerySet[Source]) -> None:
        for name in queryset.values_list("name", flat=True):
            revoke_source(name=name, actor=actor_of(request))
