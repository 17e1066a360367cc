"""Asking for something on the pages: a request of somebody who proved who they are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from consent.access import PERSON
from consent.requests.kinds import VERIFIED
from cxprofiles.portal.limits import Limit, count
from cxprofiles.portal.visits import Visitor
from profiles.privacy.asking import Asked
from profiles.privacy.requests import Shown, submit_request

ASKING = Limit("request", 60, 3600)
SOURCE = "pages"


def ask(visitor: Visitor, kind: str, details: Mapping[str, Any] | None = None, about: UUID | None = None) -> Shown:
    """Make a request in the visitor's name. Raises `RequestRefused` and `TooOften`."""
    count(ASKING, ":".join(visitor.identifiers[0]))
    return submit_request(
        asked=Asked(
            type=kind,
            identifiers=visitor.identifiers,
            source=SOURCE,
            requester=PERSON,
            language=visitor.language,
            identity_level=VERIFIED,
            identity_method=visitor.method,
            details=details or {},
            about=about,
        )
    )
