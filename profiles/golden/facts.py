"""The facts of a batch: what each interaction says of its anchor."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from consent.purposes import UNIFICATION, Purposes
from consent.said import ANSWERS, VERIFIED, WITH_ACCOUNT, Said
from profiles.configuration import Configuration
from profiles.database import BigInts, Blobs, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.golden import sql
from profiles.golden.folds import (
    Fold,
    Recent,
    Registration,
    add_activity,
    add_trait,
    bound_traits,
    correct,
    encode_fold,
    hear,
    register,
    see,
    trait_entry,
)
from profiles.golden.survivorship import Ranks, canonical_json, prepared
from profiles.intake.explode import Key, Prepared

FactKey = tuple[int, str, str, int, bool]  # identifier, name, value, source, once
Stamp = tuple[int, UUID]

# The event names by which shops and analytics libraries tell that somebody has made an account.
REGISTRATIONS = frozenset(
    {
        "Signed Up",
        "Account Created",
        "User Registered",
        "Registered",
        "Registration Completed",
        "sign_up",
        "CompleteRegistration",
    }
)


class FactsSeen:
    """What the interactions of a batch say, per identifier: folds to combine and facts to add.

    `hears` False: what they say of purposes is left out, for callers that have it from the ledger.
    """

    def __init__(self, configuration: Configuration, ranks: Ranks, *, hears: bool = True) -> None:
        self.folds: dict[int, Fold] = {}
        self.facts: dict[FactKey, tuple[Stamp, Stamp, int]] = {}
        self.registered: list[tuple[int, Registration]] = []  # with each of its devices
        self.answered: dict[int, tuple[int, int]] = {}  # device to its first and last answer that named no account
        self._rules = configuration.trait_rules
        self._ranks = ranks
        self._purposes = configuration.purposes
        self._hears = hears

    def add(self, interaction: Prepared, ids: dict[Key, int]) -> None:
        """Take one interaction in."""
        observed = interaction.observed
        raw_id = interaction.id.bytes
        said_of_purposes = said_in(interaction, self._purposes) if self._hears else {}
        for named in interaction.named:
            fold = self._fold(ids[named.key])
            see(fold, at=observed.occurred_at, interaction=raw_id, source=interaction.source.id)
            for purpose, said in said_of_purposes.items():
                self.hear(ids[named.key], purpose, said, device=not named.rule.person)
        if not interaction.named:
            return
        if observed.event in REGISTRATIONS:
            self._register(interaction, ids)
        anchor = ids[interaction.named[0].key]
        for name, value in observed.traits.items():
            self._add_fact(anchor, name, canonical_json(value), interaction, once=False)
        for name, value in observed.traits_once.items():
            if value is not None:
                self._add_fact(anchor, name, canonical_json(value), interaction, once=True)
        recent = Recent(observed.occurred_at, raw_id, observed.type, observed.event, interaction.source.channel)
        add_activity(self.folds[anchor], recent=recent, revenue=observed.revenue, currency=observed.currency)

    def hear(self, identifier: int, purpose: str, said: Said, *, device: bool) -> None:
        """Take in one statement under an identifier, beside what an interaction says of it or alone."""
        hear(self._fold(identifier), purpose, said)
        if device and not said.flags & WITH_ACCOUNT and said.letter in ANSWERS:
            first, last = self.answered.get(identifier, (said.at, said.at))
            self.answered[identifier] = (min(first, said.at), max(last, said.at))

    @property
    def said(self) -> dict[int, dict[str, list[Said]]]:
        """What was said of purposes, by identifier."""
        return {id_: fold.consents for id_, fold in self.folds.items()}

    def _fold(self, identifier: int) -> Fold:
        fold = self.folds.get(identifier)
        if fold is None:
            fold = self.folds[identifier] = Fold()
        return fold

    def _register(self, interaction: Prepared, ids: dict[Key, int]) -> None:
        """Note a registration, unless it is a mere claim or must not be tied to the device."""
        account = next((ids[named.key] for named in interaction.named if named.rule.account), None)
        if account is None or not (interaction.verified and interaction.linkable):
            return
        registration = Registration(interaction.observed.occurred_at, account, interaction.id.bytes)
        for named in interaction.named:
            if not named.rule.person:
                register(self._fold(ids[named.key]), registration)
                self.registered.append((ids[named.key], registration))

    def _add_fact(self, anchor: int, name: str, value: str, interaction: Prepared, *, once: bool) -> None:
        at, source = interaction.observed.occurred_at, interaction.source.id
        entry = trait_entry(value, at=at, source=source, interaction=interaction.id.bytes, once=once)
        if interaction.source.corrects:
            correct(self.folds[anchor], name, entry, self._ranks)
        else:
            rule = self._rules.get(name, "latest")
            add_trait(self.folds[anchor], name, prepared(rule, entry), self._rules, self._ranks)
        key = (anchor, name, value, source, once)
        stamp = (at, interaction.id)
        held = self.facts.get(key)
        if held is None:
            self.facts[key] = (stamp, stamp, 1)
        else:
            self.facts[key] = (min(held[0], stamp), max(held[1], stamp), held[2] + 1)


def said_in(interaction: Prepared, purposes: Purposes) -> dict[str, Said]:
    """What an interaction says of purposes. `unification` in a stamp gates the event's own links and no more."""
    observed = interaction.observed
    if not observed.consent:
        return {}
    flags = VERIFIED if interaction.verified else 0
    if any(named.rule.account for named in interaction.named):
        flags |= WITH_ACCOUNT
    return {
        purpose: Said(observed.occurred_at, "G", flags, purposes.end_of_grant(purpose, observed.occurred_at))
        if granted
        else Said(observed.occurred_at, "R", flags)
        for purpose, granted in observed.consent.items()
        if purpose != UNIFICATION or observed.decides_unification
    }


def facts_of(
    interactions: Iterable[Prepared],
    ids: dict[Key, int],
    configuration: Configuration,
    ranks: Ranks,
    *,
    hears: bool = True,
) -> FactsSeen:
    """All that a batch says."""
    seen = FactsSeen(configuration, ranks, hears=hears)
    for interaction in interactions:
        seen.add(interaction, ids)
    return seen


def value_digest(value: str) -> UUID:
    """A short key for a value of any length."""
    return UUID(bytes=hashlib.blake2b(value.encode(), digest_size=16).digest())


def store_facts(seen: FactsSeen) -> None:
    """Add the facts, sorted by key."""
    if not seen.facts:
        return
    keys = sorted(seen.facts)
    rows = [seen.facts[key] for key in keys]
    with binary_cursor() as cursor:
        cursor.execute(
            sql.UPSERT_FACTS,
            (
                BigInts([key[0] for key in keys]),
                Texts([key[1] for key in keys]),
                Uuids([value_digest(key[2]) for key in keys]),
                Ints([key[3] for key in keys]),
                Booleans([key[4] for key in keys]),
                Texts([key[2] for key in keys]),
                Moments([row[0][0] for row in rows]),
                Moments([row[1][0] for row in rows]),
                BigInts([row[2] for row in rows]),
                Uuids([row[0][1] for row in rows]),
                Uuids([row[1][1] for row in rows]),
            ),
        )


def store_folds(folds: dict[int, Fold]) -> None:
    """Write the folds, sorted by identifier."""
    if not folds:
        return
    ids = sorted(folds)
    for fold in folds.values():
        bound_traits(fold)
    with binary_cursor() as cursor:
        cursor.execute(sql.UPSERT_FOLDS, (BigInts(ids), Blobs([encode_fold(folds[id_]) for id_ in ids])))
