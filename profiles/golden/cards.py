"""The card of a cluster: what recognition and profile reads answer, made from the folds of its identifiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from consent.outcome import Holder
from consent.said import EVERYTHING, Said
from consent.standing import pack
from consent.times import moment
from profiles.configuration import Configuration
from profiles.database import BigInts, Blobs, Booleans, Column, Moments, Uuids, binary_cursor
from profiles.golden import sql
from profiles.golden.folds import Fold, fold_together
from profiles.golden.survivorship import Ranks, add_exactly, chosen, plain_number
from profiles.identity.types import TypeRule

NOTHING_SAID = b"{}"

_json = msgspec.json.Encoder(order="sorted", decimal_format="number")


@dataclass(slots=True)
class Member:
    """An identifier of a cluster as the worker holds it."""

    id: int
    root: int
    rule: TypeRule
    value: str
    profile_id: UUID
    shared: bool
    verified: bool
    denied: bool
    fold: Fold | None

    @property
    def said(self) -> dict[str, list[Said]]:
        """What was said under it, by purpose."""
        return self.fold.consents if self.fold is not None else {}


@dataclass(slots=True)
class Flags:
    """What is known of a cluster beside its facts."""

    contested: bool = False  # a refused link or a decision touches it
    claimed: bool = False  # a link that only public sources claim holds it together


@dataclass(slots=True)
class CardRow:
    """One row of `card`."""

    root_id: int
    profile_id: UUID
    known: bool
    bridged: bool
    flags: Flags
    fold: Fold
    traits: bytes
    provenance: bytes
    counters: bytes
    consents: bytes
    restricted: bool


def make_card(
    root: int, members: Iterable[Member], flags: Flags, bridged: bool, configuration: Configuration, ranks: Ranks
) -> CardRow:
    """Fold the members; the earliest stored gives the profile its id."""
    members = list(members)
    fold = _profile_fold(members, configuration.trait_rules, ranks)
    seen = [member for member in members if member.fold is not None and member.fold.first is not None] or members
    speaking = [member for member in members if member.said]
    traits, provenance = traits_of(fold, configuration.trait_rules, ranks)
    return CardRow(
        root_id=root,
        profile_id=next(member.profile_id for member in members if member.id == root),
        known=any(member.rule.person for member in seen),
        bridged=bridged,
        flags=flags,
        fold=fold,
        traits=traits,
        provenance=provenance,
        counters=counters_of(fold),
        consents=pack(holders_of(members), configuration.purposes.address_types) if speaking else NOTHING_SAID,
        restricted=any(EVERYTHING in member.said for member in speaking),
    )


def holders_of(members: Iterable[Member]) -> list[Holder]:
    """The identifiers of a cluster as consent looks at them."""
    return [
        Holder(member.id, member.rule.name, member.rule.person, member.rule.account, member.verified, member.said)
        for member in members
    ]


def _profile_fold(members: list[Member], rules: Mapping[str, str], ranks: Ranks) -> Fold:
    folds = [member.fold for member in members if member.fold is not None]
    return folds[0] if len(folds) == 1 else fold_together(folds, rules, ranks)


def traits_of(fold: Fold, rules: Mapping[str, str], ranks: Ranks) -> tuple[bytes, bytes]:
    """The JSON of {name: value}, and of {name: [source, interaction, time in microseconds]}, of the set traits.

    What a person had corrected stands, whatever the trait's rule and whatever was said since.
    """
    values: list[str] = []
    origins: list[str] = []
    names = fold.traits.keys() | fold.corrections.keys() if fold.corrections else fold.traits
    for name in sorted(names):
        if name in fold.corrections:
            entry = chosen("latest", [fold.corrections[name]], ranks)
        else:
            entry = chosen(rules.get(name, "latest"), fold.traits[name], ranks)
        if entry is not None:
            key = _json_key(name)
            values.append(key + entry.value)
            origins.append(f'{key}[{entry.source},"{entry.interaction.hex()}",{entry.at}]')
    return _json_object(values), _json_object(origins)


@lru_cache(maxsize=10_000)
def _json_key(name: str) -> str:
    return _json.encode(name).decode() + ":"


def _json_object(members: list[str]) -> bytes:
    return f"{{{','.join(members)}}}".encode()


def counters_of(fold: Fold) -> bytes:
    """The JSON of the counters: interactions in all and by channel, revenue in all and by currency."""
    amounts = {currency: Decimal(amount) for currency, amount in fold.revenue.items()}
    counters: dict[str, Any] = {
        "interactions": sum(fold.channels.values()),
        "interactions_by_channel": fold.channels,
        "revenue": msgspec.Raw(plain_number(add_exactly(amounts.values())).encode()) if amounts else 0,
        "revenue_by_currency": {
            currency: msgspec.Raw(plain_number(amount).encode()) for currency, amount in amounts.items() if currency
        },
    }
    return _json.encode(counters)


def recent_of(fold: Fold) -> bytes:
    """The JSON of the latest interactions, newest first."""
    return _json.encode(
        [_Shown(item.channel, item.event, _uuid_text(item.id), moment(item.at), item.type) for item in fold.recent]
    )


class _Shown(msgspec.Struct, gc=False):
    """One of the latest interactions, as a card shows it."""

    channel: str
    event: str
    id: str
    occurred_at: datetime
    type: str


def _uuid_text(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def write_cards(rows: list[CardRow]) -> None:
    """Store some cards."""
    with binary_cursor() as cursor:
        cursor.execute(sql.UPSERT_CARDS, _columns(rows))


def delete_cards(roots: list[int]) -> None:
    """Delete the cards of roots that head no cluster any more."""
    if roots:
        with binary_cursor() as cursor:
            cursor.execute(sql.DELETE_CARDS, (BigInts(sorted(roots)),))


def _columns(rows: list[CardRow]) -> tuple[Column, ...]:
    return (
        BigInts([row.root_id for row in rows]),
        Uuids([row.profile_id for row in rows]),
        Booleans([row.known for row in rows]),
        Booleans([row.bridged for row in rows]),
        Booleans([row.flags.claimed for row in rows]),
        Booleans([row.flags.contested for row in rows]),
        Moments([row.fold.first_seen for row in rows]),
        Moments([row.fold.last_seen for row in rows]),
        Blobs([row.traits for row in rows]),
        Blobs([row.provenance for row in rows]),
        Blobs([row.counters for row in rows]),
        Blobs([row.consents for row in rows]),
        Blobs([recent_of(row.fold) for row in rows]),
        Booleans([row.restricted for row in rows]),
    )
