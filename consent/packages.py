"""What access and portability requests give out: sealed pieces of a file, fetched once by a link that ends by itself.

The link's token follows from the request's id and a secret outside the database, so that it can be shown to the person
again, while whoever has only the database can neither make a link nor read a piece.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import uuid_utils
from django.db import connection, transaction

from consent.link_tokens import derived_token, token_digest
from consent.models import Package, PackagePart, PrivacyRequest
from consent.requests.kinds import AUTOMATIC
from consent.sealing import seal, unseal_bytes

PIECE = 1024 * 1024  # bytes, before it is sealed
KEPT_FOR = timedelta(days=7)
STORE_PIECE = "INSERT INTO privacy_package_part (package_id, number, content) VALUES (%b, %b, %b)"


class NoSuchPackage(LookupError):
    """There is no package behind this link; check that it was copied whole."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class PackageGone(Exception):
    """This package was fetched already; each is given out once. Make a new request for another one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class PackageExpired(Exception):
    """This package was not fetched in time and is gone. Make a new request for another one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def package_token(request_id: UUID) -> str:
    """What the link to a request's package carries."""
    return derived_token("package", request_id)


class Pieces:
    """A file that is written in pieces of one size; whoever derives from it says where each goes."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._pieces = 0

    def write(self, content: bytes, /) -> int:
        """Take some bytes."""
        self._held += content
        while len(self._held) >= PIECE:
            self._store(bytes(self._held[:PIECE]))
            del self._held[:PIECE]
        return len(content)

    def _store(self, piece: bytes) -> None:
        raise NotImplementedError


class PackageWriter(Pieces):
    """A package that is being written: a file that takes bytes and cannot be read or sought in.

    Use it in one transaction, so that there is all of it or nothing. At most one piece of it is held in memory.
    """

    def __init__(self, request_id: UUID, at: datetime) -> None:
        super().__init__()
        Package.objects.filter(request_id=request_id).delete()
        self._package = Package.objects.create(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            request_id=request_id,
            digest=token_digest(package_token(request_id)),
            made_at=at,
            expires_at=at + KEPT_FOR,
            size=0,
        )

    def flush(self) -> None:
        """Nothing: a piece is stored when it is full."""

    def close(self) -> None:
        """Nothing: `finish` says when all is written."""

    def aside(self) -> "Aside":
        """A file beside the package, for what must be written later than it becomes known."""
        return Aside(self._package.id)

    def finish(self) -> int:
        """Store what is left; the number of all bytes."""
        if self._held:
            self._store(bytes(self._held))
            self._held.clear()
        self._package.save(update_fields=["size"])
        return self._package.size

    def _store(self, piece: bytes) -> None:
        store_piece(self._package.id, self._pieces, piece)
        self._pieces += 1
        self._package.size += len(piece)


class Aside(Pieces):
    """Bytes that are kept aside, sealed too, until they are taken back, once and in order. Not in memory either."""

    def __init__(self, package_id: UUID) -> None:
        super().__init__()
        self._package_id = package_id

    def take_back(self) -> Iterator[bytes]:
        """All of them, in pieces; they are kept no longer."""
        for number in range(-1, -self._pieces - 1, -1):
            part = PackagePart.objects.get(package_id=self._package_id, number=number)
            yield unseal_bytes(part.content, use_of(self._package_id, number))
            part.delete()
        yield bytes(self._held)
        self._held.clear()
        self._pieces = 0

    def _store(self, piece: bytes) -> None:
        self._pieces += 1
        store_piece(self._package_id, -self._pieces, piece)


def open_package(token: str, *, now: datetime) -> Iterator[bytes]:
    """The bytes of a package, in pieces, once: from this call on nobody can open it again.

    Raises `NoSuchPackage`, `PackageGone` and `PackageExpired`. Every piece is deleted as it is given out, and what is
    left when the reader stops.
    """
    with transaction.atomic():
        package = Package.objects.select_for_update().filter(digest=token_digest(token)).first()
        if package is None:
            raise NoSuchPackage
        if package.fetched_at is not None:
            raise PackageGone
        if package.expires_at <= now:
            raise PackageExpired
        package.fetched_at = now
        package.save(update_fields=["fetched_at"])
    return _pieces_of(package.id)


def peek_package(token: str, *, now: datetime) -> int:
    """How many bytes a link would give out; nothing is changed. Raises as `open_package` does."""
    package = Package.objects.filter(digest=token_digest(token)).first()
    if package is None:
        raise NoSuchPackage
    if package.fetched_at is not None:
        raise PackageGone
    if package.expires_at <= now:
        raise PackageExpired
    return package.size


def identifiers_in(request_id: UUID) -> list[int]:
    """The ids of the identifiers that a request was planned for, those that are surely the person's."""
    scope = PrivacyRequest.objects.filter(id=request_id).values_list("scope", flat=True).first() or {}
    return sorted({id_ for group in AUTOMATIC for id_ in scope.get(group, ())})


def forget_packages(now: datetime) -> int:
    """Delete the content of packages that nobody can fetch any more; how many pieces it was.

    An hour after the fetch of one began, nobody is reading it.
    """
    over = Package.objects.filter(expires_at__lte=now) | Package.objects.filter(
        fetched_at__lte=now - timedelta(hours=1)
    )
    return PackagePart.objects.filter(package__in=over).delete()[0]


def _pieces_of(package_id: UUID) -> Iterator[bytes]:
    number = 0
    try:
        while part := PackagePart.objects.filter(package_id=package_id, number=number).first():
            piece = unseal_bytes(part.content, use_of(package_id, number))
            part.delete()
            yield piece
            number += 1
    finally:
        PackagePart.objects.filter(package_id=package_id).delete()


def store_piece(package_id: UUID, number: int, piece: bytes) -> None:
    """Store a piece, sealed. Sent as it is: Django's own cursor would write it into its statement, and hold on to it
    until somebody looks for garbage."""
    sealed = seal(piece, use_of(package_id, number))
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(STORE_PIECE, (package_id, number, sealed), prepare=False)


def use_of(package_id: UUID, number: int) -> str:
    """What a piece is sealed for: so that none can be put in another's place."""
    return f"package {package_id} {number}"
