"""What a door answers, before it is WSGI's or Django's."""

from http import HTTPStatus

import msgspec

JSON = ("Content-Type", "application/json")
NO_STORE = ("Cache-Control", "no-store")
NOSNIFF = ("X-Content-Type-Options", "nosniff")

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
STATUS_LINES |= {413: "413 Content Too Large", 422: "422 Unprocessable Content"}  # the names of RFC 9110


class Reply(msgspec.Struct, frozen=True, gc=False):
    """An answer: the status, the headers but Content-Length, and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
