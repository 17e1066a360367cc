"""What lets others in, or gives them power, is done only by whoever has just shown who they are: a screen that was left
open is not enough for it."""

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.http import HttpRequest


def prove_anew(request: HttpRequest) -> None:
    """Raise `ReauthenticationRequired` unless whoever asks has shown within the last minutes who they are; allauth's
    middleware then asks for it, and goes on with this request afterwards (ACCOUNT_REAUTHENTICATION_TIMEOUT)."""
    raise_if_reauthentication_required(request, app="")
