"""What happened, in words: the events that clients of all kinds send, and what else is on a timeline."""

import re
from collections.abc import Collection, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.backoffice.masking import masked_text

LONGEST = 120  # characters of a name that are shown

# What a type of interaction is by itself, and with a name.
TYPES: Mapping[str, str | Promise] = {
    "page": gettext_lazy("Viewed a page"),
    "screen": gettext_lazy("Opened a screen"),
    "identify": gettext_lazy("Said who they are"),
    "track": gettext_lazy("Did something"),
    "group": gettext_lazy("Was put into a group"),
    "alias": gettext_lazy("Two ids were said to be one person"),
}
# The types as a filter names them.
TYPE_NAMES: Mapping[str, str | Promise] = {
    "page": gettext_lazy("Page views"),
    "screen": gettext_lazy("App screens"),
    "track": gettext_lazy("Actions"),
    "identify": gettext_lazy("Identifications"),
    "group": gettext_lazy("Groups"),
    "alias": gettext_lazy("Aliases"),
}
# Segment's names of what people do in shops, mails and apps, and PostHog's own events.
EVENTS: Mapping[str, str | Promise] = {
    "$pageview": gettext_lazy("Viewed a page"),
    "$pageleave": gettext_lazy("Left a page"),
    "$screen": gettext_lazy("Opened a screen"),
    "$identify": gettext_lazy("Said who they are"),
    "$set": gettext_lazy("Traits were set"),
    "$set_once": gettext_lazy("Traits were set"),
    "$unset": gettext_lazy("Traits were taken away"),
    "$create_alias": gettext_lazy("Two ids were said to be one person"),
    "$groupidentify": gettext_lazy("A group was described"),
    "$autocapture": gettext_lazy("Clicked or typed something"),
    "$rageclick": gettext_lazy("Clicked the same place again and again"),
    "$exception": gettext_lazy("Met an error"),
    "$opt_in": gettext_lazy("Agreed to be counted"),
    "Segment Consent Preference Updated": gettext_lazy("Changed consent choices"),
    "Products Searched": gettext_lazy("Searched for products"),
    "Product List Viewed": gettext_lazy("Viewed a list of products"),
    "Product Viewed": gettext_lazy("Viewed a product"),
    "Product Clicked": gettext_lazy("Clicked a product"),
    "Product Added": gettext_lazy("Put a product into the basket"),
    "Product Removed": gettext_lazy("Took a product out of the basket"),
    "Cart Viewed": gettext_lazy("Viewed the basket"),
    "Checkout Started": gettext_lazy("Began to check out"),
    "Payment Info Entered": gettext_lazy("Entered how to pay"),
    "Order Completed": gettext_lazy("Completed an order"),
    "Order Updated": gettext_lazy("An order was changed"),
    "Order Refunded": gettext_lazy("An order was refunded"),
    "Order Cancelled": gettext_lazy("Cancelled an order"),
    "Coupon Applied": gettext_lazy("Used a voucher"),
    "Product Added to Wishlist": gettext_lazy("Put a product on the wish list"),
    "Product Reviewed": gettext_lazy("Reviewed a product"),
    "Signed Up": gettext_lazy("Signed up"),
    "Signed In": gettext_lazy("Signed in"),
    "Signed Out": gettext_lazy("Signed out"),
    "Email Delivered": gettext_lazy("An email was delivered"),
    "Email Opened": gettext_lazy("Opened an email"),
    "Email Link Clicked": gettext_lazy("Clicked a link in an email"),
    "Email Bounced": gettext_lazy("An email came back"),
    "Unsubscribed": gettext_lazy("Unsubscribed"),
    "Application Installed": gettext_lazy("Installed the app"),
    "Application Opened": gettext_lazy("Opened the app"),
    "Application Updated": gettext_lazy("Updated the app"),
    "Application Uninstalled": gettext_lazy("Removed the app"),
    "Push Notification Received": gettext_lazy("Received a notification"),
    "Push Notification Tapped": gettext_lazy("Tapped a notification"),
}
CORRECTION = gettext_lazy("A correction of their data")

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ONE_WORD = re.compile(r"\$?[A-Za-z0-9]+(?:[_.:-][A-Za-z0-9]+)+|\$?[a-z]+(?:[A-Z][a-z0-9]*)+")


def event_in_words(type_name: str, event: str, *, corrects: bool = False, known: Collection[str] = ()) -> str:
    """What happened, as a line of a timeline: `Completed an order`, `Viewed the page “Home”`.

    `event`: the name that the client gave, empty for none; addresses, numbers and what is `known` to be an identifier
    are masked in it.
    """
    if corrects:
        return str(CORRECTION)
    if event in EVENTS:
        return str(EVENTS[event])
    if not event:
        return str(TYPES.get(type_name, type_name))
    name = name_in_words(event, known)
    if type_name == "page":
        return _("Viewed the page “%(name)s”") % {"name": name}
    if type_name == "screen":
        return _("Opened the screen “%(name)s”") % {"name": name}
    return name


def name_in_words(event: str, known: Collection[str] = ()) -> str:
    """A name out of a program as people read it: `order_completed` and `orderCompleted` as `Order completed`."""
    shown = masked_text(event, known)
    if _ONE_WORD.fullmatch(shown):
        words = re.sub(r"[_.:$-]+", " ", _CAMEL.sub(" ", shown)).split()
        shown = " ".join(words).capitalize()
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
