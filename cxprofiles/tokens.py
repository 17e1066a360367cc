"""Service tokens: made, revoked, and found in memory by every request that carries one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from cxprofiles.models import ApiToken
from profiles.configuration import configuration, read_version, record_change
from profiles.credentials import TOKEN_PREFIX, KeyInUse, checked_key, digest_of, hint_of, new_key
from profiles.models import Source


class TokenRefused(ValueError):
    """Why a token cannot be made or revoked, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NoSuchToken(LookupError):
    """There is no token of this name that is not revoked."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TokenExists(ValueError):
    """A token of this name exists already; revoke it first or choose another name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """A token that is not revoked. `None` for purposes or channels: any."""

    name: str
    scopes: frozenset[str]
    purposes: frozenset[str] | None
    channels: frozenset[str] | None
    expires_at: datetime | None

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    def may_use_purpose(self, key: str) -> bool:
        return self.purposes is None or key in self.purposes

    def may_use_channel(self, channel: str) -> bool:
        return self.channels is None or channel in self.channels


_held: tuple[int, dict[bytes, TokenSettings]] | None = None


def token_settings(version: int) -> dict[bytes, TokenSettings]:
    """Every token that is not revoked, by SHA-256, loaded anew unless what is held is of `version`.

    The caller brings the configuration version, read along with its own query: a revocation raises it,
    so a revoked token ends at once.
    """
    global _held
    held = _held
    if held is None or held[0] != version:
        # Read the number first: content newer than its number is loaded once more, older content never stays.
        number = read_version()
        held = _held = (number, load_tokens())
    return held[1]


def find_token(digest: bytes, version: int | None = None) -> TokenSettings | None:
    """The token of this SHA-256 that is neither revoked nor expired, as of `version` (None: of now)."""
    found = token_settings(read_version() if version is None else version).get(digest)
    return None if found is None or found.expired else found


def load_tokens() -> dict[bytes, TokenSettings]:
    """The tokens in the database that are not revoked."""
    return {
        bytes(token.digest): TokenSettings(
            name=token.name,
            scopes=frozenset(token.scopes),
            purposes=frozenset(token.purposes) if token.purposes else None,
            channels=frozenset(token.channels) if token.channels else None,
            expires_at=token.expires_at,
        )
        for token in ApiToken.objects.filter(revoked_at=None)
    }


def create_token(
    *,
    name: str,
    scopes: Collection[str],
    actor: str,
    purposes: Collection[str] = (),
    channels: Collection[str] = (),
    expires_at: datetime | None = None,
    key: str | None = None,
) -> str:
    """Store a new token and return it: the only time that it can be read.

    Raises `TokenRefused`, `TokenExists`, `UnknownPurpose`, `BadKey` or `KeyInUse`.
    """
    check_token(name=name, scopes=scopes, purposes=purposes, channels=channels, expires_at=expires_at)
    token = new_key(TOKEN_PREFIX) if key is None else checked_key(key)
    described = {
        "scopes": sorted(set(scopes)),
        "purposes": sorted(set(purposes)) or None,
        "channels": sorted(set(channels)) or None,
    }
    with transaction.atomic():
        record_change(
            actor=actor,
            subject=f"token:{name}",
            before=None,
            after={**described, "expires_at": expires_at.isoformat() if expires_at else None},
        )
        # After `record_change`: its row lock makes the changes of the configuration one after another.
        if ApiToken.objects.filter(name=name, revoked_at=None).exists():
            raise TokenExists
        insert_token(
            ApiToken(name=name, digest=digest_of(token), hint=hint_of(token), expires_at=expires_at, **described)
        )
    return token


def insert_token(row: ApiToken) -> None:
    """Insert the row; raises `KeyInUse` where another row has the same key."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise KeyInUse from error


def check_token(
    *,
    name: str,
    scopes: Collection[str],
    purposes: Collection[str] = (),
    channels: Collection[str] = (),
    expires_at: datetime | None = None,
) -> None:
    """Raise `TokenRefused` or `UnknownPurpose` unless a token may be made of this."""
    if not name or len(name) > 100 or not name.isprintable() or name != name.strip() or "/" in name:
        raise TokenRefused(
            "name", "A token's name is 1 to 100 printable characters without a slash or spaces around it."
        )
    if not scopes:
        raise TokenRefused("scopes", f"A token needs at least one scope of: {', '.join(ApiToken.Scope.values)}.")
    if not set(scopes) <= set(ApiToken.Scope.values):
        raise TokenRefused("scopes", f"A scope is one of: {', '.join(ApiToken.Scope.values)}.")
    if not set(channels) <= set(Source.Channel.values):
        raise TokenRefused("channels", f"A channel is one of: {', '.join(Source.Channel.values)}.")
    known = configuration().purposes
    for key in purposes:
        known.find(key)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise TokenRefused("expires_at", "A token must expire in the future.")


def revoke_token(*, name: str, actor: str) -> None:
    """End the token of this name at once; raises `NoSuchToken`."""
    with transaction.atomic():
        record_change(actor=actor, subject=f"token:{name}", before={"revoked": False}, after={"revoked": True})
        revoked = ApiToken.objects.filter(name=name, revoked_at=None).update(revoked_at=datetime.now(UTC))
        if not revoked:
            raise NoSuchToken
