"""Privacy requests as callers make them."""

from typing import Any

from profiles.privacy.requests import Asked, Shown, submit_request

ANN = ("email", "ann@example.org")
NOBODY = ("email", "nobody@example.org")


def asked(type_name: str, *identifiers: tuple[str, str], verified: bool = True, **fields: Any) -> Asked:
    """A request of Ann's, or of these identifiers, that the caller vouches for unless said otherwise."""
    level = {"identity_level": "verified", "identity_method": "session"} if verified else {}
    return Asked(type=type_name, identifiers=identifiers or (ANN,), requester="token:shop", **{**level, **fields})


def submit(type_name: str, *identifiers: tuple[str, str], **fields: Any) -> Shown:
    """The same, submitted."""
    return submit_request(asked=asked(type_name, *identifiers, **fields))
