"""What the identifiers of a person come to together, and which of them say so."""

import pytest

from consent.outcome import CONFLICT, NOTHING_SAID, Holder, Outcome, lifts, outcome, restriction
from consent.said import Said
from tests.unit.consent.voices import browser, day, email, said, user

NOW = day("2026-07-01")
GIVEN, LATER = said("Given", "2026-01-01"), said("Given", "2026-02-01")
REFUSED = said("Refused", "2026-01-01")


def ads(*holders: Holder, at: int = NOW) -> Outcome:
    """What holds of advertising."""
    return outcome("ads", holders, at)


def speaking(found: Outcome) -> list[tuple[int, str]]:
    """The identifiers that say so, and what they say."""
    return [(voice.holder.id, voice.letter) for voice in found.because]


def test_nothing_said_is_nothing() -> None:
    assert ads() == ads(user(1), browser(2)) == ads(user(1, {"analytics": GIVEN})) == NOTHING_SAID


def test_a_grant_names_who_gave_it() -> None:
    assert speaking(ads(user(1, {"ads": GIVEN}), email(2, {"ads": LATER}))) == [(1, "G"), (2, "G")]


def test_a_refusal_names_the_latest_that_stands() -> None:
    older = said("Given", "2025-01-01")
    people = [user(1, {"ads": REFUSED}), browser(2, {"ads": said("Withdrawn", "2026-03-01")}), email(3, {"ads": older})]
    assert (ads(*people).code, speaking(ads(*people))) == ("w", [(2, "W")])


def test_a_conflict_names_both_sides() -> None:
    found = ads(email(1, {"ads": REFUSED}), email(2, {"ads": GIVEN}))
    assert (found.code, speaking(found)) == (CONFLICT, [(1, "R"), (2, "G")])


def test_an_objection_comes_before_all_else() -> None:
    told = {"ads": [LATER, said("ObjectionRaised", "2025-01-01")]}
    assert speaking(ads(user(1, told), email(2, {"ads": said("Refused", "2026-03-01")}))) == [(1, "O")]


def test_a_device_grants_where_no_person_is_known() -> None:
    assert ads(browser(1, {"ads": GIVEN})).code == "g"
    assert ads(browser(1, {"ads": GIVEN}), user(2)).code == "v"


def test_a_devices_grant_does_not_lift_a_persons_refusal() -> None:
    assert ads(browser(1, {"ads": LATER}), email(2, {"ads": REFUSED})).code == "d"


def test_a_persons_grant_lifts_a_devices_earlier_refusal() -> None:
    assert ads(browser(1, {"ads": REFUSED}), email(2, {"ads": LATER})).code == "g"


def test_a_claim_about_an_identifier_that_nobody_verified_is_the_persons_own_word() -> None:
    claim = said("Given", "2026-02-01", verified=False)
    assert ads(email(1, {"ads": claim}, verified=False)).code == "g"
    assert ads(email(1, {"ads": claim})).code == "v"


@pytest.mark.parametrize(
    ("grant", "refusal", "lifted"),
    [
        (email(1, {"ads": LATER}), email(2, {"ads": REFUSED}), True),
        (email(1, {"ads": GIVEN}), email(2, {"ads": REFUSED}), False),
        (browser(1, {"ads": LATER}), email(2, {"ads": REFUSED}), False),
        (browser(1, {"ads": LATER}), browser(2, {"ads": REFUSED}), True),
        (user(1, {"ads": said("Given", "2026-02-01", with_account=True)}), user(2, {"ads": REFUSED}), False),
        (email(1, {"ads": said("Given", "2026-02-01", with_account=True)}), user(2, {"ads": REFUSED}), False),
        (user(1, {"ads": said("Given", "2026-02-01", with_account=True)}), email(2, {"ads": REFUSED}), True),
        (email(1, {"ads": LATER}), user(2, {"ads": REFUSED}), True),
    ],
)
def test_which_grant_answers_which_refusal(grant: Holder, refusal: Holder, lifted: bool) -> None:
    (yes,), (no,) = ads(grant).because, ads(refusal).because
    assert lifts(yes, no) is lifted
    assert (ads(grant, refusal).code == "g") is lifted


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ([GIVEN], None),
        ([said("Given", "2026-01-01", ends="2026-09-01")], "2026-09-01"),
        ([said("Given", "2026-01-01", ends="2026-09-01"), LATER], None),
        ([said("Given", "2026-01-01", ends="2026-09-01", by_choice=True), LATER], "2026-09-01"),
        (
            [said("Given", "2026-01-01", ends="2026-09-01"), said("Given", "2026-01-01", ends="2026-08-01")],
            "2026-09-01",
        ),
        (
            [
                said("Given", "2026-01-01", ends="2026-09-01", by_choice=True),
                said("RenewedConsentGiven", "2026-02-01", ends="2027-01-01"),
            ],
            "2027-01-01",
        ),
    ],
)
def test_a_grant_tells_when_it_ends_by_itself(told: list[Said], ends: str | None) -> None:
    holders = [email(place, {"ads": one}) for place, one in enumerate(told)]
    found = ads(*holders)
    assert (found.code, found.ends) == ("g", day(ends) if ends else None)
    if found.ends is not None:
        assert ads(*holders, at=found.ends - 1).code == "g"
        assert ads(*holders, at=found.ends).code == "x"


def test_two_grants_of_one_instant_are_no_more_than_the_narrower() -> None:
    both = [said("Given", "2026-01-01"), said("Given", "2026-01-01", ends="2026-03-01", by_choice=True)]
    assert ads(email(1, {"ads": both}), at=day("2026-02-01")).ends == day("2026-03-01")
    assert ads(email(1, {"ads": both})).code == "x"


def test_a_grant_and_its_expiry_at_one_instant_are_no_grant() -> None:
    assert ads(email(1, {"ads": [GIVEN, said("Expired", "2026-01-01")]})).code == "x"


def test_only_a_grants_own_end_ends_what_was_granted_elsewhere() -> None:
    expired = email(1, {"ads": said("Expired", "2026-02-01", ends="2026-09-01", by_choice=True)})
    assert ads(expired, email(2, {"ads": GIVEN})).code == "g"


def test_the_latest_question_is_told_where_there_is_no_answer() -> None:
    told = [said("Unknown", "2026-01-01"), said("RequestDeferred", "2026-03-01")]
    assert ads(email(1, {"ads": told[0]}), email(2, {"ads": told[1]})).code == "f"
    assert ads(email(1, {"ads": told}), email(2, {"ads": said("Requested", "2026-04-01")})).code == "q"


def test_a_restriction_under_one_identifier_is_on_all() -> None:
    restricted = browser(2, {"*": said("ProcessingRestricted", "2026-01-01")})
    assert speaking(restriction([user(1), restricted], NOW)) == [(2, "!")]
    assert restriction([user(1), restricted], day("2025-12-31")) == NOTHING_SAID
    assert restriction([user(1)], NOW) == NOTHING_SAID


def test_who_comes_first_changes_nothing() -> None:
    people = [user(1, {"ads": REFUSED}), email(2, {"ads": GIVEN}), browser(3, {"ads": LATER})]
    assert ads(*people).code == ads(*reversed(people)).code == CONFLICT
