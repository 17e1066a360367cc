"""The customer records of three systems, as their makers publish them, and the truth about who is who."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import comb
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"

# What a record says of its customer that is no identifier, by the name that the trait gets.
TRAITS = {
    "given_name": "first_name",
    "family_name": "last_name",
    "full_name": "name",
    "native_name": "native_name",
    "employer_org_name": "company",
    "date_of_birth": "date_of_birth",
    "addr_full": "address",
    "address_1": "address",
    "city": "city",
    "state": "state",
    "postcode": "postcode",
    "country": "country",
    "record_type": "kind",
}
NUMBERS = ("national_id", "passport", "drivers_license")

_ADDRESS_IN_BRACKETS = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Record:
    """One customer record of one system."""

    id: str
    system: str  # customers | reference | watchlist
    fields: Mapping[str, str]

    @property
    def type(self) -> str:
        """The identifier type of the system's record ids."""
        return f"{self.system}_record"

    def traits(self) -> dict[str, str]:
        """What the record says of its customer, with the two identifiers that are traits in Segment's format."""
        said = {name: self.fields[column] for column, name in TRAITS.items() if self.fields[column]}
        return said | {name: value for name in ("email", "phone") if (value := self.contact(name))}

    def contact(self, name: str) -> str:
        """The e-mail or phone; of `"Jay Jones" <j@example.org>` the address alone, as any connector would send it."""
        bracketed = _ADDRESS_IN_BRACKETS.search(self.fields[name])
        return bracketed[1] if bracketed else self.fields[name]

    def external_ids(self) -> list[dict[str, str]]:
        """The record's own id, and the numbers of documents without the dashes that people put between."""
        numbers = [(name, re.sub(r"\W", "", self.fields[name])) for name in NUMBERS]
        named = [(self.type, self.id), *((name, value) for name, value in numbers if value)]
        return [{"type": name, "id": value} for name, value in named]


def read_records() -> list[Record]:
    """All records, in the order of the file."""
    with (DATA / "records.csv").open(newline="", encoding="utf-8") as file:
        return [Record(row["record_id"], row["source"].lower(), row) for row in csv.DictReader(file)]


def read_truth() -> dict[str, str]:
    """The entity that each record is about."""
    with (DATA / "truth.csv").open(newline="", encoding="utf-8") as file:
        return {row["record_id"]: row["entity_id"] for row in csv.DictReader(file)}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well records were brought together, over all pairs of records."""

    right: int  # pairs brought together that belong together
    wrong: int  # pairs brought together that do not
    missed: int  # pairs that belong together and were not brought together
    people: int
    profiles: int

    @property
    def precision(self) -> float:
        """Of the pairs brought together, the share that belong together."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs that belong together, the share that were brought together."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def compare(truth: Mapping[str, str], found: Mapping[str, str]) -> Agreement:
    """The truth against what was found, both as record to group. Every record of the truth counts once."""
    right = _pairs(Counter((truth[record], found[record]) for record in truth))
    together = _pairs(Counter(found[record] for record in truth))
    belong = _pairs(Counter(truth.values()))
    groups = len(set(truth.values())), len({found[record] for record in truth})
    return Agreement(right, together - right, belong - right, *groups)


def _pairs(groups: Counter[tuple[str, str]] | Counter[str]) -> int:
    return sum(comb(size, 2) for size in groups.values())
