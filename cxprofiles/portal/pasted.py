"""What people paste into a form or upload with it, to have it checked: bounded, and stored nowhere."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

TOO_LARGE, NOT_TEXT, UNREADABLE, NOTHING_SENT = "too_large", "not_text", "unreadable", "nothing_sent"


class FormRefused(ValueError):
    """What was sent holds nothing that could be checked; `why` is a word for the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(self.__doc__)
        self.why = why

    @property
    def status(self) -> int:
        """The HTTP status that says so."""
        return 413 if self.why == TOO_LARGE else 400


def sent_text(request: HttpRequest, field: str, largest: int) -> str:
    """The text of the uploaded `file` if there is one, else of a field; raises `FormRefused`."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > largest:
        raise FormRefused(TOO_LARGE)
    try:
        upload, pasted = request.FILES.get("file"), request.POST.get(field, "")
    except (MultiPartParserError, SuspiciousOperation):
        raise FormRefused(UNREADABLE) from None
    if upload is not None and upload.size:
        try:
            return str(upload.read().decode())
        except UnicodeDecodeError:
            raise FormRefused(NOT_TEXT) from None
    if not pasted.strip():
        raise FormRefused(NOTHING_SENT)
    return pasted
