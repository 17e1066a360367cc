"""Every screen is in the album of docs/screens: a new one cannot be forgotten."""

from cxprofiles.permissions import screens
from tests.screens.album import ALBUM, BEFORE_THE_DOOR, MORE, PICTURES, WITHIN


def test_every_screen_that_can_be_opened_has_its_picture_or_is_part_of_another() -> None:
    opened = {screen.route for screen in screens() if "GET" in screen.methods}
    assert opened == ALBUM.keys() | WITHIN.keys()
    assert not ALBUM.keys() & WITHIN.keys()


def test_every_picture_of_the_album_is_kept_and_no_other() -> None:
    named = [*ALBUM.values(), *BEFORE_THE_DOOR.values(), *MORE]
    assert len(named) == len(set(named)), "a picture shows one screen"
    assert {path.stem for path in PICTURES.glob("*.png")} == set(named)
