"""The package of an access or portability request: made in pieces, sealed, and fetched once."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from profiles.privacy.execution import Execution, Outcome


def make_package(execution: Execution) -> Outcome:
    """Make the package of a request: a ZIP in sealed pieces, in constant memory. Again: the same row, made anew."""
    raise NotImplementedError


def package_token(request_id: UUID) -> str:
    """What the link to a package carries. The database alone cannot give it."""
    raise NotImplementedError


def open_package(token: str, *, now: datetime) -> Iterator[bytes]:
    """The bytes of a package, once. Raises `NoSuchPackage`, `PackageGone` and `PackageExpired`."""
    raise NotImplementedError
