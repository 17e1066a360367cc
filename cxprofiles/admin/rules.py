"""Identifier types, and the rules and categories of traits."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from cxprofiles.admin.pages import Undeletable, actor_of, ask_and_tell, checked
from profiles.golden.rule_changes import change_rule, check_rule, check_trait_category
from profiles.identity.type_changes import TypeFields, change_type, check_rank, check_type
from profiles.models import IdentifierType, TraitRule

if TYPE_CHECKING:
    TypeFormBase = forms.ModelForm[IdentifierType]
    RuleFormBase = forms.ModelForm[TraitRule]
else:
    TypeFormBase = RuleFormBase = forms.ModelForm


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
    """A trait's rule, data category and the origin of its values."""

    origin = forms.ChoiceField(choices=TraitRule.Origin.choices, required=False)

    class Meta:
        model = TraitRule
        fields = ("name", "rule", "category", "origin")
        widgets = {"name": forms.TextInput, "category": forms.TextInput}  # noqa: RUF012 - Django's own form

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_rule(data.get("name") or self.instance.name, data["rule"]))
            checked(lambda: check_trait_category(data["category"]))
        return data


@admin.register(TraitRule)
class TraitRuleAdmin(Undeletable):
    """Trait rules and categories."""

    form = RuleForm
    list_display = ("name", "rule", "category", "origin")
    list_filter = ("category", "origin")
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: TraitRule | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: TraitRule, form: Any, change: bool) -> None:
        data = form.cleaned_data
        changed = change_rule(
            name=obj.name,
            rule=data["rule"],
            category=data["category"],
            origin=data["origin"] or None,
            actor=actor_of(request),
        )
        ask_and_tell(request, changed.needs_rebuild)
