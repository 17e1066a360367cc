"""The purposes with their names and texts, held in memory as of one version of the configuration, as its rules are."""

from consent.purpose_fields import PurposeFields
from consent.purpose_reading import read_purposes
from profiles.configuration import Configuration

_held: tuple[int, dict[str, PurposeFields]] | None = None


def described_purposes(held: Configuration) -> dict[str, PurposeFields]:
    """All purposes by key, read anew unless what is held is of this configuration's version."""
    global _held
    found = _held
    if found is None or found[0] != held.version or found[1].keys() != held.purposes.keys:
        found = _held = (held.version, read_purposes())
    return found[1]
