"""Consent is never merged: no order, no duplicate, no merge and no split makes allowed what was refused."""

import json
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from consent.in_force import in_force
from consent.outcome import CODES, GRANTED, outcome, restriction
from consent.purposes import Purpose
from consent.said import EVERYTHING, Said, add_said, keep, merge_said
from consent.standing import Standing, pack, read_standing
from tests.properties import naive_consent as naive
from tests.properties.consent_worlds import (
    ABOVE,
    CHILD,
    GRANDCHILD,
    KINDS,
    PLAIN,
    card_of,
    histories,
    now_for,
    people,
    reduced,
    said_from,
    statements,
    whole,
)
from tests.properties.naive_consent import GRANTS, REFUSALS, Identifier, Statement, is_raised, parents, voices

KEYS = (ABOVE, CHILD, PLAIN)
PURPOSES = [Purpose(key) for key in (*KEYS, GRANDCHILD)]
END = 11  # nothing changes any more
INSTANTS = range(END)

some_said = st.lists(st.builds(said_from, statements()), max_size=8)
told = st.dictionaries(st.sampled_from(KEYS), some_said.filter(bool).map(keep), max_size=3)


def taken_in(arrivals: list[Said]) -> list[Said]:
    """What is kept of statements that came one by one in this order."""
    held: list[Said] | None = None
    for said in arrivals:
        held = add_said(held, said)
    return held or []


def card(identifiers: Iterable[Identifier]) -> Standing:
    """What a card of these identifiers says, read back."""
    return read_standing(card_of(identifiers, {}))


def allowed(held: Standing, purpose: Purpose, now: int) -> bool:
    """Whether a card allows the purpose."""
    return in_force(purpose, held, now).allowed


def a_standing_refusal(one: Identifier, key: str, now: int) -> int | None:
    """When something about the purpose was last refused under an identifier by what it says now; None: it was not."""
    said = [voice for purpose in (key, *parents(key)) for voice in voices(one, purpose, now)]
    return max((voice.at for voice in said if voice.refuses), default=None)


@given(some_said, st.randoms(use_true_random=False))
def test_no_order_and_no_duplicate_changes_what_is_kept(arrivals: list[Said], random: st.DataObject) -> None:
    again = arrivals + arrivals[: len(arrivals) // 2]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert taken_in(again) == taken_in(arrivals) == keep(arrivals)


@given(told, told, told)
def test_what_two_accounts_of_an_identifier_say_is_joined_in_any_order(
    one: dict[str, list[Said]], two: dict[str, list[Said]], three: dict[str, list[Said]]
) -> None:
    assert merge_said(one, two) == merge_said(two, one)
    assert merge_said(merge_said(one, two), three) == merge_said(one, merge_said(two, three))
    assert merge_said(one, one) == one


@given(st.lists(st.integers(1, 300), max_size=150), st.integers(1, 200), st.integers(0, 150))
def test_what_is_kept_of_very_much_that_is_dated_ahead_depends_on_no_order(at: list[int], now: int, cut: int) -> None:
    ahead = [said_from(Statement(each, "ConsentGiven" if each % 3 else "ConsentRefused", 0)) for each in at]
    came = said_from(Statement(now, "ConsentGiven", now))
    assert keep([*keep([*ahead[:cut], came]), *keep(ahead[cut:])]) == keep([came, *ahead])


@given(people(), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_the_bytes_of_a_card(identifiers: list[Identifier], random: st.DataObject) -> None:
    shuffled = [
        Identifier(
            one.id,
            one.type,
            one.person,
            one.account,
            one.verified,
            {
                key: random.sample(list(said) * 2, k=len(said) * 2)  # type: ignore[attr-defined]
                for key, said in reversed(list(one.history.items()))
            },
        )
        for one in reversed(identifiers)
    ]
    assert card_of(shuffled, {CHILD: "email"}) == card_of(identifiers, {CHILD: "email"})


@given(people())
def test_a_card_says_at_each_instant_what_the_whole_histories_say(identifiers: list[Identifier]) -> None:
    standing = read_standing(card_of(identifiers, {CHILD: "email"}))
    holders = whole(identifiers)
    for now in range(now_for(identifiers), END):
        assert standing.code(EVERYTHING, now) == restriction(holders, now).code
        for key in {key for one in identifiers for key in one.history} - {EVERYTHING}:
            assert standing.code(key, now) == outcome(key, holders, now).code
        if any(CHILD in one.history for one in identifiers):
            for id_ in (one.id for one in identifiers if one.type == "email"):
                found = outcome(CHILD, holders, now, address_type="email", address=id_)
                assert standing.code(CHILD, now, standing.part(CHILD, id_)) == found.code


@given(people())
def test_what_is_in_force_is_what_the_naive_reading_says(identifiers: list[Identifier]) -> None:
    """Over all of it at once: ends, claims, instants ahead, objections and restrictions, of purposes in a tree."""
    held = card(identifiers)
    for now in range(now_for(identifiers), END):
        for purpose in PURPOSES:
            state = naive.state_of(identifiers, purpose.key, now)
            expected = naive.is_allowed(identifiers, state, now, basis="consent", default="denied")
            assert allowed(held, purpose, now) == expected, (purpose.key, now, state)


@given(people())
def test_the_next_change_is_when_it_changes(identifiers: list[Identifier]) -> None:
    standing = card(identifiers)
    for key in standing.keys:
        for now in INSTANTS:
            until = standing.next_change(key, now)
            same = [standing.code(key, at) == standing.code(key, now) for at in range(now, until or END)]
            assert all(same)
            assert until is None or standing.code(key, until) != standing.code(key, now)


@given(people(2), people(2), people(2))
def test_no_merge_allows_what_was_refused_and_not_granted_since(
    one: list[Identifier], two: list[Identifier], three: list[Identifier]
) -> None:
    """Of profiles that are joined one after another, in every union that is on the way."""
    profiles = renumbered(one, two, three)
    for number in range(1, len(profiles) + 1):
        union = [identifier for profile in profiles[:number] for identifier in profile]
        now, held = now_for(union) + 1, card(union)
        for purpose in PURPOSES:
            refused = [a_standing_refusal(each, purpose.key, now) for each in union]
            granted = latest_grant(union, purpose.key, now)
            if any(at is not None and at >= granted for at in refused):
                assert not allowed(held, purpose, now)


def latest_grant(identifiers: list[Identifier], key: str, now: int) -> int:
    """When the purpose was last granted under any of the identifiers; 0: never."""
    said = [s for one in identifiers for s in one.history.get(key, ()) if s.at <= now and s.state in GRANTS]
    return max((statement.at for statement in said), default=0)


def renumbered(*profiles: list[Identifier]) -> list[list[Identifier]]:
    """The profiles with identifiers of their own, as two profiles never share one."""
    return [
        [Identifier(10 * n + i.id, i.type, i.person, i.account, i.verified, i.history) for i in profile]
        for n, profile in enumerate(profiles)
    ]


@given(people(2), people(2))
def test_a_refusal_denies_in_every_union_until_a_later_grant_as_good(
    one: list[Identifier], two: list[Identifier]
) -> None:
    """As the naive reading has it: what stands against a purpose under an identifier alone, stands in the union."""
    profiles = renumbered(one, two)
    union = [identifier for profile in profiles for identifier in profile]
    now, held = now_for(union) + 1, card(union)
    for purpose in PURPOSES:
        grants = [v for each in union for v in voices(each, purpose.key, now) if v.grants]
        for key in (purpose.key, *parents(purpose.key)):
            for refusal in (v for each in union for v in voices(each, key, now) if v.refuses):
                if not any(naive.lifts(grant, refusal) for grant in grants):
                    assert not allowed(held, purpose, now)


@given(people(2), people(2))
def test_a_split_gives_back_what_was_before_the_merge(one: list[Identifier], two: list[Identifier]) -> None:
    first, second = renumbered(one, two)
    before = [card_of(first, {CHILD: "email"}), card_of(second, {CHILD: "email"})]
    card_of([*first, *second], {CHILD: "email"})
    assert [card_of(first, {CHILD: "email"}), card_of(second, {CHILD: "email"})] == before


@given(people(2), people(2))
def test_a_merge_denies_what_either_side_objected_to(one: list[Identifier], two: list[Identifier]) -> None:
    first, second = renumbered(one, two)
    union = [*first, *second]
    now, held = now_for(union) + 1, card(union)
    for purpose in PURPOSES:
        for key in (purpose.key, *parents(purpose.key)):
            if any(is_raised(each, key, now, naive.OBJECTIONS) for each in union):
                assert not allowed(held, purpose, now)


@given(people(3), st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
def test_a_merge_with_a_silent_profile_allows_nothing_more(identifiers: list[Identifier], kinds: list[str]) -> None:
    union = identifiers + [KINDS[kind](place) for place, kind in enumerate(kinds, 50)]
    alone, merged = card(identifiers), card(union)
    for now in range(now_for(identifiers), END):
        for purpose in PURPOSES:
            assert allowed(alone, purpose, now) or not allowed(merged, purpose, now)


@given(people(3), st.data())
def test_one_more_refusal_allows_nothing_more(identifiers: list[Identifier], data: st.DataObject) -> None:
    """At the instants from it on, for the purpose and those below it."""
    key = data.draw(st.sampled_from(KEYS))
    place = data.draw(st.integers(0, len(identifiers) - 1))
    at = data.draw(st.integers(1, 8))
    refusal = Statement(at, data.draw(st.sampled_from(sorted(REFUSALS))), at, verified=data.draw(st.booleans()))
    more = [one if i != place else with_one_more(one, key, refusal) for i, one in enumerate(identifiers)]
    before, after = card(identifiers), card(more)
    for now in range(max(now_for(more), at), END):
        for purpose in PURPOSES:
            assert allowed(before, purpose, now) or not allowed(after, purpose, now)


def with_one_more(one: Identifier, key: str, statement: Statement) -> Identifier:
    """An identifier under which one more thing was said."""
    history = {**one.history, key: [*one.history.get(key, ()), statement]}
    return Identifier(one.id, one.type, one.person, one.account, one.verified, history)


codes = st.sampled_from(sorted(CODES)) | st.text(max_size=2)
courses = codes | st.lists(codes | st.integers(-5, 20), max_size=5)
hostile = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.dictionaries(
        st.sampled_from((*KEYS, EVERYTHING)) | st.text(max_size=3),
        courses
        | st.dictionaries(st.sampled_from(["", "-", "1"]) | st.text(max_size=2), courses, max_size=3)
        | st.none()
        | st.booleans()
        | st.floats(),
        max_size=3,
    ).map(lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass")),
)


@given(hostile, st.sampled_from([None, 1, -1, 10**30]))
def test_no_bytes_in_a_card_raise_or_allow_what_they_do_not_say(raw: bytes, address: int | None) -> None:
    standing = read_standing(raw)
    for now in (0, 7, 10**17):
        for purpose in (*PURPOSES, Purpose(CHILD, address_type="email")):
            if in_force(purpose, standing, now, address=address).allowed:
                assert says_granted(raw, purpose.key)


def says_granted(raw: bytes, key: str) -> bool:
    """Whether well-formed bytes say of the purpose that it is granted, with instants in order."""
    said = json.loads(raw)[key]
    found = list(said.values()) if isinstance(said, dict) else [said]
    lists = [one if isinstance(one, list) else [one] for one in found]
    return all(a < b for one in lists for a, b in pairwise(one[1::2])) and any(GRANTED in one[::2] for one in lists)


@given(people(), st.data())
def test_no_damage_to_a_card_allows_more_unless_it_says_so(identifiers: list[Identifier], data: st.DataObject) -> None:
    """A card that is cut short, or of which a byte is lost, is read as it stands or not at all."""
    raw = card_of(identifiers, {CHILD: "email"})
    place = data.draw(st.integers(0, len(raw) - 1))
    for damaged in (raw[:place], raw[:place] + raw[place + 1 :]):
        standing = read_standing(damaged)
        assert standing.unreadable or damaged == b"{}" or json.loads(damaged)
        for purpose in PURPOSES:
            if standing.unreadable:
                assert not in_force(purpose, standing, 5).allowed


def test_a_card_of_nobody_who_was_asked_is_readable_and_grants_nothing() -> None:
    standing = read_standing(b"{}")
    assert not standing.unreadable
    assert [in_force(purpose, standing, 0).allowed for purpose in PURPOSES] == [False] * len(PURPOSES)
    assert in_force(Purpose("security", "legitimate_interest", "allowed"), standing, 0).allowed


@given(histories())
def test_what_is_kept_comes_to_the_same_as_all_that_was_said(history: dict[str, list[Statement]]) -> None:
    one = Identifier(1, "email", history=history)
    for now in range(now_for([one]), END):
        for key in KEYS:
            assert outcome(key, reduced([one]), now).code == outcome(key, whole([one]), now).code
    assert pack(reduced([one]), {}) == pack(whole([one]), {})
