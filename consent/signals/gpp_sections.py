"""Where the sections of the Global Privacy Platform keep their fields: the IAB Tech Lab's specifications as tables.

Every field is a number of two bits, or a list of such numbers, but for the first, which has six. Pure.
"""

from dataclasses import dataclass

# A field's name, and how many numbers it lists; 0: it is one number, no list.
Fields = tuple[tuple[str, int], ...]

TCF_EU = 2
US_PRIVACY = 6

_MSPA: Fields = (("MspaCoveredTransaction", 0), ("MspaOptOutOptionMode", 0), ("MspaServiceProviderMode", 0))


@dataclass(frozen=True, slots=True)
class Layout:
    """A section: the name that it has in client APIs, and the fields of its core by the version that it begins with.

    `states_version` False: the section has a part of its own in front of the core, which holds id and version; the
    core then begins with the version of the agreement, which says nothing about its fields. `further`: the one
    field of the part that may follow, where that is not Global Privacy Control.
    """

    name: str
    versions: dict[int, Fields]
    states_version: bool = True
    further: Fields = ()


def _national(sensitive: int, children: int) -> Fields:
    return (
        ("SharingNotice", 0),
        ("SaleOptOutNotice", 0),
        ("SharingOptOutNotice", 0),
        ("TargetedAdvertisingOptOutNotice", 0),
        ("SensitiveDataProcessingOptOutNotice", 0),
        ("SensitiveDataLimitUseNotice", 0),
        ("SaleOptOut", 0),
        ("SharingOptOut", 0),
        ("TargetedAdvertisingOptOut", 0),
        ("SensitiveDataProcessing", sensitive),
        ("KnownChildSensitiveDataConsents", children),
        ("PersonalDataConsents", 0),
        *_MSPA,
    )


_CALIFORNIA: Fields = (
    ("SaleOptOutNotice", 0),
    ("SharingOptOutNotice", 0),
    ("SensitiveDataLimitUseNotice", 0),
    ("SaleOptOut", 0),
    ("SharingOptOut", 0),
    ("SensitiveDataProcessing", 9),
    ("KnownChildSensitiveDataConsents", 2),
    ("PersonalDataConsents", 0),
    *_MSPA,
)


def _state(name: str, sensitive: int, children: int, *, notice: str = "", additional: bool = True) -> Layout:
    """A state that follows the common pattern. `notice`: one more than the others have; `additional`: whether it
    has a field for consent to processing beyond what was disclosed."""
    sharing = name in ("usva", "usco", "usut", "usct", "usmt")
    return Layout(
        name,
        {
            1: (
                ("SharingNotice" if sharing else "ProcessingNotice", 0),
                ("SaleOptOutNotice", 0),
                ("TargetedAdvertisingOptOutNotice", 0),
                *(((notice, 0),) if notice else ()),
                ("SaleOptOut", 0),
                ("TargetedAdvertisingOptOut", 0),
                ("SensitiveDataProcessing", sensitive),
                ("KnownChildSensitiveDataConsents", children),
                *((("AdditionalDataProcessingConsent", 0),) if additional else ()),
                *_MSPA,
            )
        },
    )


def _with_header(name: str, *, children: bool = True, sensitive: int = 8) -> Layout:
    """A state of October 2025, when the order changed and sensitive data got a part of their own."""
    core: Fields = (
        ("MspaCoveredTransaction", 0),
        ("MspaMode", 0),
        ("ProcessingNotice", 0),
        ("SaleOptOutNotice", 0),
        ("TargetedAdvertisingOptOutNotice", 0),
        ("SaleOptOut", 0),
        ("TargetedAdvertisingOptOut", 0),
        *((("KnownChildSensitiveDataConsents", 0),) if children else ()),
        ("AdditionalDataProcessingConsent", 0),
    )
    further: Fields = (("SensitiveDataProcessing", sensitive),) if sensitive else ()
    return Layout(name, {1: core}, states_version=False, further=further)


LAYOUTS: dict[int, Layout] = {
    7: Layout("usnat", {1: _national(12, 2), 2: _national(16, 3)}),
    8: Layout("usca", {1: _CALIFORNIA}),
    9: _state("usva", 8, 0, additional=False),
    10: _state("usco", 7, 0, additional=False),
    11: _state("usut", 8, 0, notice="SensitiveDataProcessingOptOutNotice", additional=False),
    12: _state("usct", 8, 3, additional=False),
    13: _state("usfl", 8, 3),
    14: _state("usmt", 8, 3),
    15: _state("usor", 11, 3),
    16: _state("ustx", 8, 0),
    17: _state("usde", 9, 5),
    18: _state("usia", 8, 0, notice="SensitiveDataOptOutNotice", additional=False),
    19: _state("usne", 8, 0),
    20: _state("usnh", 8, 3),
    21: _state("usnj", 10, 5),
    22: _state("ustn", 8, 0),
    23: _state("usmn", 8, 0),
    24: _with_header("usmd", children=False, sensitive=0),
    25: _with_header("usin"),
    26: _with_header("usky"),
    27: _with_header("usri"),
}
