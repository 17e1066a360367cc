"""Purposes, notices, and from which age on people consent alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from consent.models import ConsentAge, Notice, Purpose
from consent.purpose_fields import ALLOWED, ASSURANCES, DENIED, NoticeFields, PurposeFields, check_age, check_notice
from consent.purpose_fields import check_purpose as check_fields
from consent.purpose_files import convert
from cxprofiles.admin.pages import Undeletable, actor_of, ask_and_tell, checked
from profiles.purpose_changes import change_purpose, known_names, publish_notice, set_consent_age

if TYPE_CHECKING:
    PurposeFormBase = forms.ModelForm[Purpose]
    NoticeFormBase = forms.ModelForm[Notice]
    AgeFormBase = forms.ModelForm[ConsentAge]
else:
    PurposeFormBase = NoticeFormBase = AgeFormBase = forms.ModelForm

SHORT_TEXTS = ("key", "address_type", "expires_after", "reask_after", "remind_after", "notice")


class PurposeForm(PurposeFormBase):
    """A purpose; names and texts are JSON by language, lists have commas."""

    default = forms.ChoiceField(choices=[(value, value) for value in (DENIED, ALLOWED)])
    least_assurance = forms.ChoiceField(choices=[(value, value) for value in reversed(ASSURANCES)])

    class Meta:
        model = Purpose
        fields = ("key", *PurposeFields.__dataclass_fields__)
        widgets = dict.fromkeys(SHORT_TEXTS, forms.TextInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_fields(data.get("key") or self.instance.key, purpose_fields(data), known_names()))
        return data


def purpose_fields(data: dict[str, Any]) -> PurposeFields:
    """A form's data as the fields of a purpose; raises `FileRefused` where JSON has another shape."""
    values = {name: data[name] for name in PurposeFields.__dataclass_fields__}
    for name in ("name", "text", "regions"):
        values[name] = values[name] or {}
    return convert("purpose", values, PurposeFields)


@admin.register(Purpose)
class PurposeAdmin(Undeletable):
    """Purposes."""

    form = PurposeForm
    list_display = ("key", "legal_basis", "default", "categories", "address_type", "least_assurance", "notice")

    def get_readonly_fields(self, request: HttpRequest, obj: Purpose | None = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Purpose, form: Any, change: bool) -> None:
        fields = purpose_fields(form.cleaned_data)
        ask_and_tell(request, change_purpose(key=obj.key, fields=fields, actor=actor_of(request)).needs_rebuild)


class NoticeForm(NoticeFormBase):
    """One version of a notice in one language."""

    class Meta:
        model = Notice
        fields = ("key", "version", "language", "text", "terms")
        widgets = dict.fromkeys(("key", "version", "language"), forms.TextInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_notice(notice_fields(data)))
        return data


def notice_fields(data: dict[str, Any]) -> NoticeFields:
    """A form's data as a notice; raises `FileRefused` where the terms have another shape."""
    return convert("notice", {**data, "terms": data["terms"] or {}}, NoticeFields)


@admin.register(Notice)
class NoticeAdmin(Undeletable):
    """Notices: published, never changed."""

    form = NoticeForm
    list_display = ("key", "version", "language", "sha256", "published_at")
    list_filter = ("key", "language")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        notice = notice_fields(form.cleaned_data)
        publish_notice(
            key=notice.key,
            version=notice.version,
            language=notice.language,
            text=notice.text,
            terms=notice.terms,
            actor=actor_of(request),
        )
        obj.pk = Notice.objects.get(key=notice.key, version=notice.version, language=notice.language).pk


class AgeForm(AgeFormBase):
    """The consent age of one country."""

    class Meta:
        model = ConsentAge
        fields = ("country", "years")
        widgets = {"country": forms.TextInput}  # noqa: RUF012 - Django's own form

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            checked(lambda: check_age(data.get("country") or self.instance.country, data["years"]))
        return data


@admin.register(ConsentAge)
class ConsentAgeAdmin(Undeletable):
    """Consent ages."""

    form = AgeForm
    list_display = ("country", "years")

    def get_readonly_fields(self, request: HttpRequest, obj: ConsentAge | None = None) -> tuple[str, ...]:
        return ("country",) if obj else ()

    def save_model(self, request: HttpRequest, obj: ConsentAge, form: Any, change: bool) -> None:
        set_consent_age(country=obj.country, years=form.cleaned_data["years"], actor=actor_of(request))
