"""Whether somebody has shown a second factor in this session."""

from django.conf import settings
from django.http import HttpRequest

METHODS = "account_authentication_methods"  # where allauth notes how somebody has signed in
METHODS_OF = f"{METHODS}_user"  # and who that is


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor is wanted of staff and whoever is signed in has shown none in this session."""
    if not settings.STAFF_SECOND_FACTOR:
        return False
    if request.session.get(METHODS_OF) != str(request.user.pk):
        return True
    shown = request.session.get(METHODS, [])
    return not any(isinstance(one, dict) and one.get("method") == "mfa" for one in shown)
