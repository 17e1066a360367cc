"""The configuration in Django's admin. Each save goes through the same function as the API's, and is audited."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from consent.in_force import PURPOSES, UnknownPurpose
from cxprofiles.models import ApiToken
from cxprofiles.rebuilding import NOT_NEEDED, ask_for_rebuild
from cxprofiles.tokens import NoSuchToken, TokenExists, TokenRefused, check_token, create_token, revoke_token
from profiles.golden.rule_changes import RuleRefused, change_rule, check_rule
from profiles.identity.type_changes import RankTaken, TypeFields, TypeRefused, change_type, check_rank, check_type
from profiles.models import ConfigurationChange, IdentifierType, Source, TraitRule
from profiles.sources import (
    SourceExists,
    SourceFields,
    SourceRefused,
    change_source,
    check_fields,
    check_name,
    create_source,
    revoke_source,
)

if TYPE_CHECKING:
    TypeFormBase = forms.ModelForm[IdentifierType]
    RuleFormBase = forms.ModelForm[TraitRule]
    SourceFormBase = forms.ModelForm[Source]
    TokenFormBase = forms.ModelForm[ApiToken]
    AdminBase = admin.ModelAdmin[Any]
else:
    TypeFormBase = RuleFormBase = SourceFormBase = TokenFormBase = forms.ModelForm
    AdminBase = admin.ModelAdmin

REFUSALS = (
    NoSuchToken,
    RankTaken,
    RuleRefused,
    SourceExists,
    SourceRefused,
    TokenExists,
    TokenRefused,
    TypeRefused,
    UnknownPurpose,
)


def checked(check: Callable[[], None]) -> None:
    """Run a check of the domain and say its refusal on the form."""
    try:
        check()
    except REFUSALS as error:
        raise ValidationError(str(error)) from None


def actor_of(request: HttpRequest) -> str:
    """Who acts, as audit rows name it."""
    return f"staff:{request.user.pk}"


def ask_and_tell(request: HttpRequest, needed: bool) -> None:
    """Ask for a rebuild where one is needed, and say so."""
    rebuild = ask_for_rebuild(needed)
    if rebuild != NOT_NEEDED:
        messages.info(request, f"A rebuild of what is stored: {rebuild}.")


class TypeForm(TypeFormBase):
    """An identifier type; `blocked` one value or pattern a line."""

    blocked = forms.CharField(widget=forms.Textarea, required=False, help_text="One value or pattern a line.")

    class Meta:
        model = IdentifierType
        fields = ("name", "rank", "person", "per_profile", "ownership", "shared_above", "normaliser", "blocked")
        widgets = {"name": forms.TextInput}  # noqa: RUF012 - Django's own form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["blocked"] = "\n".join(self.instance.blocked or [])

    def clean_blocked(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["blocked"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            name = data.get("name") or self.instance.name
            checked(lambda: check_type(name, type_fields(data)))
            checked(lambda: check_rank(name, data["rank"]))
        return data


def type_fields(data: dict[str, Any]) -> TypeFields:
    """A form's data as the fields of a type."""
    return TypeFields(
        rank=data["rank"],
        person=data["person"],
        per_profile=data["per_profile"],
        ownership=data["ownership"],
        shared_above=data["shared_above"],
        normaliser=data["normaliser"],
        blocked=tuple(data["blocked"]),
    )


class Undeletable(AdminBase):
    """Configuration is changed or ended, never deleted: what is stored refers to it."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(IdentifierType)
class IdentifierTypeAdmin(Undeletable):
    """Identifier types."""

    form = TypeForm
    list_display = ("name", "rank", "person", "per_profile", "ownership", "shared_above", "normaliser")

    def get_readonly_fields(self, request: HttpRequest, obj: IdentifierType | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: IdentifierType, form: Any, change: bool) -> None:
        changed = change_type(name=obj.name, fields=type_fields(form.cleaned_data), actor=actor_of(request))
        obj.pk = changed.row.pk
        ask_and_tell(request, changed.needs_rebuild)


class RuleForm(RuleFormBase):
    """A trait's rule."""

    class Meta:
        model = TraitRule
        fields = ("name", "rule")
        widgets = {"name": forms.TextInput}  # noqa: RUF012 - Django's own form

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_rule(data.get("name") or self.instance.name, data["rule"]))
        return data


@admin.register(TraitRule)
class TraitRuleAdmin(Undeletable):
    """Trait rules."""

    form = RuleForm
    list_display = ("name", "rule")

    def get_readonly_fields(self, request: HttpRequest, obj: TraitRule | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: TraitRule, form: Any, change: bool) -> None:
        changed = change_rule(name=obj.name, rule=form.cleaned_data["rule"], actor=actor_of(request))
        ask_and_tell(request, changed.needs_rebuild)


class SourceForm(SourceFormBase):
    """A source. A new one gets a write key, shown once after saving."""

    class Meta:
        model = Source
        fields = ("name", "channel", "trust", "region", "rank", "rate_limit", "signing_secret", "mappings")
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
    if not isinstance(data["mappings"], dict) or not all(isinstance(name, str) for name in data["mappings"].values()):
        raise ValidationError("Mappings are an object of paths and identifier types.")
    return SourceFields(**{name: data[name] for name in SourceFields.__dataclass_fields__})


@admin.register(Source)
class SourceAdmin(Undeletable):
    """Sources."""

    form = SourceForm
    list_display = ("name", "channel", "trust", "rank", "rate_limit", "created_at", "disabled_at")
    actions = ("revoke",)

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


class TokenForm(TokenFormBase):
    """A new token, shown once after saving."""

    scopes = forms.MultipleChoiceField(choices=ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple)
    purposes = forms.MultipleChoiceField(
        choices=[(key, key) for key in PURPOSES], widget=forms.CheckboxSelectMultiple, required=False
    )
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


@admin.register(ConfigurationChange)
class ConfigurationChangeAdmin(Undeletable):
    """Who changed which setting, when."""

    list_display = ("at", "actor", "subject", "before", "after")
    search_fields = ("actor", "subject")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
