"""Channels on the screens: each has a symbol, a word and a colour that can be seen and told from the others."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from cxprofiles.backoffice.channels import CHANNELS, OTHER, channel_shown
from profiles.models import Source

STATIC = Path(__file__).resolve().parents[3] / "cxprofiles/static/cxprofiles/backoffice"
SCHEMES = ("light", "dark")
LEAST_CONTRAST = 4.5  # the word is in the colour too
LEAST_APART = 0.05


def colours(scheme: str, file: str) -> dict[str, str]:
    """The custom properties of a stylesheet that are colours, in one scheme."""
    light, _media, dark = (STATIC / file).read_text().partition("@media (prefers-color-scheme: dark)")
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark.split("}\n}")[0]))


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def brightness(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_deuteranope(colour: str) -> tuple[float, ...]:
    """What somebody sees who has no green cones (Viénot, Brettel and Mollon 1999)."""
    red, green, blue = linear(colour)
    seen = 0.29275 * red + 0.70725 * green
    return (seen, seen, -0.02234 * red + 0.02234 * green + blue)


def test_every_channel_that_a_source_can_have_has_a_word_and_a_symbol_of_its_own() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    assert set(CHANNELS) == set(Source.Channel.values)
    assert len({str(one.word) for one in CHANNELS.values()}) == len(CHANNELS)
    for symbol in (*(one.symbol for one in CHANNELS.values()), OTHER):
        assert f'id="{symbol}"' in sprite
        assert f".of-{symbol} {{" in (STATIC / "channels.css").read_text()


def test_a_channel_without_a_word_goes_by_its_name() -> None:
    assert channel_shown("kiosk") == ("kiosk", "kiosk", OTHER)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_its_colour_can_be_seen_on_every_ground(scheme: str, channel: str) -> None:
    grounds = colours(scheme, "backoffice.css")
    hue = colours(scheme, "channels.css")[f"channel-{channel}"]
    for ground in ("sheet", "ground", "raised", "accent-ground"):
        assert contrast(hue, grounds[ground]) >= LEAST_CONTRAST, (channel, ground)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_differ_to_eyes_that_cannot_tell_red_from_green(scheme: str) -> None:
    hues = {
        name: as_deuteranope(hue) for name, hue in colours(scheme, "channels.css").items() if name != "channel-other"
    }
    for (one, seen), (other, also) in combinations(hues.items(), 2):
        apart = max(abs(a - b) for a, b in zip(seen, also, strict=True))
        assert apart >= LEAST_APART, (one, other, apart)
