"""How the screens write times, numbers, channels and what can be copied."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from cxprofiles.backoffice import person_words
from cxprofiles.backoffice.channels import Channel, channel_shown
from cxprofiles.backoffice.masking import masked_text
from cxprofiles.backoffice.money import amount_in_words
from cxprofiles.backoffice.undo import MARK
from cxprofiles.day_words import day_in_words

register = template.Library()

MINUTE, HOUR, A_DAY = 60, 3600, 86_400


@register.filter
def when(value: datetime | None) -> SafeString | str:
    """A day with the time in the reader's time zone; empty for none."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        value.astimezone(UTC).isoformat(),
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        day_in_words(local),
        f"{local:%H:%M}",
    )


@register.filter
def day(value: date | None) -> SafeString | str:
    """A day in words; empty for none."""
    if value is None:
        return ""
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    at = local.date() if isinstance(local, datetime) else local
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), day_in_words(local))


@register.filter
def clock(value: datetime | None) -> SafeString | str:
    """The time of the day in the reader's time zone; empty for none."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), f"{timezone.localtime(value):%H:%M:%S}")


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """How long ago something was, as in 5 minutes ago; empty for none."""
    if value is None:
        return ""
    seconds = int((datetime.now(UTC) - value).total_seconds())
    title = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, ago_in_words(seconds))


def ago_in_words(seconds: int) -> str:
    """A number of seconds that have passed, in words."""
    if seconds < MINUTE:
        return gettext("just now")
    if seconds < HOUR:
        n = seconds // MINUTE
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", n) % {"n": n}
    if seconds < A_DAY:
        n = seconds // HOUR
        return ngettext("%(n)s hour ago", "%(n)s hours ago", n) % {"n": n}
    n = seconds // A_DAY
    return ngettext("%(n)s day ago", "%(n)s days ago", n) % {"n": n}


@register.filter
def called(name: str, known: bool) -> str:
    """A name, or what to call who has none: an anonymous visitor, or somebody who is known without one."""
    return person_words.called(name, known)


@register.filter
def without_values(text: str) -> str:
    """What somebody wrote, without all that looks like an address, a number or an id."""
    return masked_text(text)


@register.inclusion_tag("cxprofiles/backoffice/known.html")
def known(value: bool) -> dict[str, bool]:
    """The badge that says whether somebody is known or anonymous."""
    return {"known": value}


@register.filter
def number(value: Any) -> str:
    """A number with its thousands apart, as the language has them."""
    return number_format(value, use_l10n=True, force_grouping=True) if isinstance(value, int | float) else str(value)


@register.filter
def money(value: Decimal | float, currency: str) -> str:
    """An amount in a currency, without its code."""
    return amount_in_words(value, currency)


@register.inclusion_tag("cxprofiles/backoffice/copy.html")
def copy(text: Any, label: str = "") -> dict[str, str]:
    """A button that copies a text."""
    return {"text": str(text), "label": label}


@register.inclusion_tag("cxprofiles/backoffice/icon.html")
def icon(name: str) -> dict[str, str]:
    """A symbol of the sprite, for the eye alone: a word stands beside it."""
    return {"name": name}


@register.inclusion_tag("cxprofiles/backoffice/channel.html")
def channel(name: str) -> dict[str, Channel]:
    """A channel: its symbol, its colour and its word."""
    return {"shown": channel_shown(name)}


@register.filter
def undo_token(message: Any) -> str:
    """The token of a message that offers to undo; empty for others."""
    tags = message.extra_tags or ""
    return tags.removeprefix(MARK) if tags.startswith(MARK) else ""
