"""What happened, as a line of a timeline."""

import pytest

from cxprofiles.backoffice.event_words import LONGEST, event_in_words


@pytest.mark.parametrize(
    ("type_name", "event", "words"),
    [
        ("track", "Order Completed", "Completed an order"),
        ("page", "", "Viewed a page"),
        ("page", "Home", "Viewed the page “Home”"),
        ("page", "$pageview", "Viewed a page"),
        ("screen", "Basket", "Opened the screen “Basket”"),
        ("identify", "", "Said who they are"),
        ("alias", "$create_alias", "Two ids were said to be one person"),
        ("track", "com.example.order_paid", "Com example order paid"),
        ("track", "cartOpened", "Cart opened"),
        ("track", "Talked to support", "Talked to support"),
        ("track", "iPhone 15 Viewed", "iPhone 15 Viewed"),
        ("new", "", "new"),
    ],
)
def test_each_event_is_said_in_words(type_name: str, event: str, words: str) -> None:
    assert event_in_words(type_name, event) == words


def test_a_correction_is_one_whatever_its_type() -> None:
    assert event_in_words("identify", "", corrects=True) == "A correction of their data"


def test_a_name_is_masked_and_cut() -> None:
    assert event_in_words("track", "Wrote to ann@example.org") == "Wrote to a••@e••.org"
    assert len(event_in_words("track", "long " * 100)) == LONGEST + 1
