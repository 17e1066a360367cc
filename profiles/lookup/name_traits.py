"""The traits by which people are called, and how they are looked for. Pure.

A name is found by its beginning. The index `trait_fact_name` holds these traits alone, by the first characters of
their value as it is stored, JSON, in lower case.
"""

import msgspec

# Spellings of clients; the index holds these and no others, so that it follows this list by a migration.
NAME_TRAITS = (
    "display_name",
    "displayName",
    "family_name",
    "familyName",
    "first_name",
    "firstName",
    "firstname",
    "full_name",
    "fullName",
    "given_name",
    "givenName",
    "last_name",
    "lastName",
    "lastname",
    "maiden_name",
    "maidenName",
    "middle_name",
    "middleName",
    "name",
    "nickname",
    "surname",
)
KEY_LENGTH = 64  # characters of the stored value that the index holds


def key_of(words: str) -> str:
    """What the stored value of exactly this name is found by, once the database has brought it into lower case."""
    return msgspec.json.encode(words).decode()[:KEY_LENGTH]


def beginning_of(words: str) -> str:
    """What the stored values of the names that begin with these words begin with."""
    return msgspec.json.encode(words).decode()[:-1][:KEY_LENGTH]
