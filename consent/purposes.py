"""Purposes: what data may be used for, on which legal basis, and what holds when nobody was asked.

The tree is in the keys: the parent of `marketing.email` is `marketing`. A refusal of a parent refuses its children;
a grant of a parent grants nothing that was not asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from consent.durations import add_duration
from consent.times import microseconds, moment

ALL_CATEGORIES = "*"
CONSENT = "consent"
# Bases that nobody is asked about and nobody can refuse; a restriction of processing still stops them.
UNREFUSABLE = frozenset({"contract", "legal_obligation", "vital_interest"})
BASES = frozenset({"consent", "public_task", "legitimate_interest"}) | UNREFUSABLE
UNIFICATION = "unification"
SALE_SHARE = "ads.sale_share"
SENSITIVE = "sensitive"  # a purpose, and the data category that it is about


class UnknownPurpose(ValueError):
    """This purpose does not exist; GET /v1/consent/purposes lists those that do."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose. Durations are ISO 8601, empty: none. `regions`: region to the default that holds there.

    `address_type`: the identifier type that each decision is about; empty: it is about the person.
    """

    key: str
    legal_basis: str = CONSENT
    default: str = "denied"
    categories: frozenset[str] = frozenset()
    channels: tuple[str, ...] = ()
    address_type: str = ""
    least_assurance: str = "device"
    expires_after: str = ""
    reask_after: str = "P12M"
    remind_after: str = "P13M"
    regions: Mapping[str, str] = field(default_factory=dict)
    double_opt_in: bool = False
    notice: str = ""

    def sees(self, category: str) -> bool:
        """Whether it may see data of a category; data without one is seen only by a purpose that sees all."""
        return ALL_CATEGORIES in self.categories or (category != "" and category in self.categories)


BUILT_IN_UNIFICATION = Purpose(UNIFICATION, legal_basis="legitimate_interest", default="allowed")
BUILT_IN_SENSITIVE = Purpose(SENSITIVE, legal_basis="legitimate_interest", default="allowed")


class Purposes:
    """All purposes, as of one version of the configuration."""

    def __init__(self, purposes: Mapping[str, Purpose], ages: Mapping[str, int] | None = None) -> None:
        self._purposes = dict(purposes)
        self.ages = dict(ages or {})
        self.keys = frozenset(self._purposes)
        self.address_types = {key: one.address_type for key, one in self._purposes.items() if one.address_type}

    def find(self, key: str) -> Purpose:
        """The purpose of this key; raises `UnknownPurpose`."""
        found = self._purposes.get(key)
        if found is None:
            raise UnknownPurpose
        return found

    def get(self, key: str) -> Purpose | None:
        """The purpose of this key, or None."""
        return self._purposes.get(key)

    @property
    def unification(self) -> Purpose:
        """The purpose of joining what is known of one person; it exists even where nobody described it."""
        return self._purposes.get(UNIFICATION, BUILT_IN_UNIFICATION)

    @property
    def sensitive(self) -> Purpose:
        """The purpose of using sensitive traits beyond what is necessary; it exists even where nobody described it."""
        return self._purposes.get(SENSITIVE, BUILT_IN_SENSITIVE)

    def __iter__(self) -> Iterator[Purpose]:
        """All of them, by key."""
        return iter(sorted(self._purposes.values(), key=lambda one: one.key))

    def end_of_grant(self, key: str, at: int) -> int | None:
        """When a grant of an instant ends by itself, both in microseconds; None: never."""
        found = self._purposes.get(key)
        if found is None or not found.expires_after:
            return None
        return microseconds(add_duration(moment(at), found.expires_after))

    def age_in(self, country: str) -> int:
        """From which age on a person of a country consents alone; the strictest where the country is not known."""
        return self.ages.get(country.upper(), self.ages.get("*", 18))


@lru_cache(maxsize=10_000)
def ancestors(key: str) -> tuple[str, ...]:
    """The purposes above one, the nearest first."""
    parts = key.split(".")
    return tuple(".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
