"""What all pages of the admin share: refusals shown on forms, who acts, and that nothing is deleted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from consent.purpose_diff import NoticePublished
from consent.purpose_fields import PurposeRefused
from consent.purpose_files import FileRefused
from consent.purposes import UnknownPurpose
from cxprofiles.rebuilding import NOT_NEEDED, ask_for_rebuild
from cxprofiles.tokens import NoSuchToken, TokenExists, TokenRefused
from profiles.golden.rule_changes import RuleRefused
from profiles.identity.type_changes import RankTaken, TypeRefused
from profiles.sources import SourceExists, SourceRefused

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = admin.ModelAdmin

REFUSALS = (
    FileRefused,
    NoSuchToken,
    NoticePublished,
    PurposeRefused,
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


class Undeletable(AdminBase):
    """Configuration is changed or ended, never deleted: what is stored refers to it."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
