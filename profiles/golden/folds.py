"""What the interactions of one identifier come to, and how identifiers fold into one profile. Pure.

Every operation is commutative and associative and each interaction is folded once, so the result does not
depend on order, batches or workers (identity.md, "Traits").
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from operator import attrgetter

import msgspec

from consent.said import Said, add_said, merge_said
from profiles.golden.survivorship import MOST_VALUES, NULL, Entry, Partial, Ranks, add_exactly, combine, plain_number

MOST_RECENT = 5  # interactions that a card shows
MOST_REGISTRATIONS = 50  # on one device; one with more is not one person's anyway

Rules = Mapping[str, str]  # trait name to rule; a missing one is `latest`


class Recent(msgspec.Struct, array_like=True, frozen=True):
    """One of the latest interactions, for a card. `at` is microseconds since the epoch."""

    at: int
    id: bytes
    type: str
    event: str
    channel: str


class Registration(msgspec.Struct, array_like=True, frozen=True, order=True):
    """That somebody registered an account on a device. `at` is microseconds since the epoch."""

    at: int
    account: int
    interaction: bytes


class Fold(msgspec.Struct, array_like=True):
    """One identifier, or several folded together.

    `first` and `last` are about the interactions that carry the identifier: (time in microseconds, interaction,
    source) of the earliest and the time of the latest; None for an identifier that was only ever mentioned.
    `consents` is what was said under the identifier, by purpose; it is of one identifier and never of several, since
    what is in force is worked out over all of them. So it is with `registrations`, which were made on a device.
    `corrections` is the latest that a person had corrected of each trait; it stands above all of `traits`. The rest is
    about the interactions anchored on it.
    """

    first: tuple[int, bytes, int] | None = None
    last: int | None = None
    traits: dict[str, Partial] = {}
    channels: dict[str, int] = {}
    revenue: dict[str, str] = {}
    consents: dict[str, list[Said]] = {}
    recent: list[Recent] = []
    registrations: list[Registration] = []
    corrections: dict[str, Entry] = {}  # the last field: a fold that was stored before it was there has none

    @property
    def first_seen(self) -> int | None:
        """Microseconds since the epoch, or None."""
        return self.first[0] if self.first else None

    @property
    def last_seen(self) -> int | None:
        """Microseconds since the epoch, or None."""
        return self.last

    @property
    def first_source(self) -> int | None:
        """The id of the source that showed it first."""
        return self.first[2] if self.first else None


_decoder = msgspec.msgpack.Decoder(Fold)
_encoder = msgspec.msgpack.Encoder(order="sorted")


def decode_fold(state: bytes | memoryview) -> Fold:
    """The fold that `encode_fold` wrote."""
    return _decoder.decode(state)


def encode_fold(fold: Fold) -> bytes:
    """Bytes for the database; equal folds have equal bytes."""
    return _encoder.encode(fold)


def see(fold: Fold, *, at: int, interaction: bytes, source: int) -> None:
    """Note that an interaction carried the identifier."""
    seen = (at, interaction, source)
    if fold.first is None or seen < fold.first:
        fold.first = seen
    if fold.last is None or at > fold.last:
        fold.last = at


def add_trait(fold: Fold, name: str, partial: Partial, rules: Rules, ranks: Ranks) -> None:
    """Fold one partial of a trait in."""
    held = fold.traits.get(name)
    fold.traits[name] = partial if held is None else combine(rules.get(name, "latest"), held, partial, ranks)


def correct(fold: Fold, name: str, entry: Entry, ranks: Ranks) -> None:
    """Fold one correction of a trait in; an unset one is a correction too."""
    fold.corrections = _latest_corrections(fold.corrections, {name: entry}, ranks)


def _latest_corrections(one: dict[str, Entry], other: dict[str, Entry], ranks: Ranks) -> dict[str, Entry]:
    if not (one and other):
        return one or other
    merged = dict(one)
    for name, entry in other.items():
        merged[name] = combine("latest", [merged[name]], [entry], ranks)[0] if name in merged else entry
    return merged


def add_activity(fold: Fold, *, recent: Recent, revenue: Decimal | None, currency: str) -> None:
    """Count one anchored interaction."""
    fold.channels[recent.channel] = fold.channels.get(recent.channel, 0) + 1
    fold.recent = _latest_of([*fold.recent, recent])
    if revenue is not None:
        held = Decimal(fold.revenue.get(currency, "0"))
        fold.revenue[currency] = plain_number(add_exactly((held, revenue)))


def hear(fold: Fold, purpose: str, said: Said) -> None:
    """Note one statement about a purpose."""
    fold.consents[purpose] = add_said(fold.consents.get(purpose), said)


def register(fold: Fold, registration: Registration) -> None:
    """Note a registration on the device."""
    fold.registrations = _latest_registrations(fold.registrations, [registration])


def _latest_registrations(one: list[Registration], other: list[Registration]) -> list[Registration]:
    if not (one and other):
        return one or other
    return sorted({*one, *other})[-MOST_REGISTRATIONS:]


def bound_traits(fold: Fold) -> None:
    """Keep the names that come first in byte order: a bound that does not depend on what came first in time."""
    if len(fold.traits) > MOST_VALUES:
        fold.traits = {name: fold.traits[name] for name in sorted(fold.traits)[:MOST_VALUES]}
    if len(fold.corrections) > MOST_VALUES:
        fold.corrections = {name: fold.corrections[name] for name in sorted(fold.corrections)[:MOST_VALUES]}


def add_to_identifier(held: Fold | None, fold: Fold, rules: Rules, ranks: Ranks) -> Fold:
    """The fold of an identifier with more interactions in it."""
    if held is None:
        return fold_together((fold,), rules, ranks)
    whole = fold_together((held, fold), rules, ranks)
    whole.consents = merge_said(held.consents, fold.consents)
    whole.registrations = _latest_registrations(held.registrations, fold.registrations)
    return whole


def fold_together(folds: Iterable[Fold], rules: Rules, ranks: Ranks) -> Fold:
    """The fold of a profile: those of its identifiers in one, except for what is of each alone."""
    whole: Fold | None = None
    for fold in folds:
        if whole is None:
            whole = _copy(fold)
        else:
            _add(whole, fold, rules, ranks)
    if whole is None:
        return Fold()
    bound_traits(whole)
    return whole


def _copy(fold: Fold) -> Fold:
    return Fold(
        first=fold.first,
        last=fold.last,
        traits=fold.traits.copy(),
        channels=fold.channels.copy(),
        revenue=fold.revenue.copy(),
        consents=fold.consents.copy(),
        recent=fold.recent,
        registrations=fold.registrations,
        corrections=fold.corrections,
    )


def _add(whole: Fold, fold: Fold, rules: Rules, ranks: Ranks) -> None:
    """Fold one more into `whole`, whose dictionaries are its own; its lists are never changed in place."""
    if fold.first is not None and (whole.first is None or fold.first < whole.first):
        whole.first = fold.first
    if fold.last is not None and (whole.last is None or fold.last > whole.last):
        whole.last = fold.last
    for name, partial in fold.traits.items():
        add_trait(whole, name, partial, rules, ranks)
    for channel, count in fold.channels.items():
        whole.channels[channel] = whole.channels.get(channel, 0) + count
    for currency, amount in fold.revenue.items():
        held = Decimal(whole.revenue.get(currency, "0"))
        whole.revenue[currency] = plain_number(add_exactly((held, Decimal(amount))))
    if fold.corrections:
        whole.corrections = _latest_corrections(whole.corrections, fold.corrections, ranks)
    if fold.recent:
        whole.recent = _latest_of([*whole.recent, *fold.recent])


def trait_entry(value: str, *, at: int, source: int, interaction: bytes, once: bool) -> Entry:
    """The entry of one interaction's trait; `value` is canonical JSON. An unset gap-filler says nothing."""
    return Entry(value=value, at=at, source=source, interaction=interaction, once=once and value != NULL)


def _latest_of(recent: list[Recent]) -> list[Recent]:
    if len(recent) > 1:
        recent.sort(key=_recency, reverse=True)
    return recent[:MOST_RECENT]


_recency = attrgetter("at", "id")
