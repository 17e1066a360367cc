"""Why two identifiers are, or are not, one person: told exactly, and in words that a newcomer understands."""

from dataclasses import replace
from datetime import UTC, datetime

from profiles.identity.account import DecisionFacts, Evidence, LinkFacts, explain
from profiles.identity.clustering import Node
from profiles.identity.types import TypeRule

USER = TypeRule(1, "user_id", 1, True, 1, "first", None)
EMAIL = TypeRule(2, "email", 4, True, 2, "first", 3)
DEVICE = TypeRule(3, "device_id", 7, False, None, "last", 1)

U1, U2 = Node(1, USER, "u1"), Node(2, USER, "u2")
ANN, BEA, CAT = Node(3, EMAIL, "ann@x.org"), Node(4, EMAIL, "bea@x.org"), Node(5, EMAIL, "cat@x.org")
PHONE = Node(6, DEVICE, "d1")


def day(number: int) -> int:
    return int(datetime(2026, 1, number, 12, tzinfo=UTC).timestamp()) * 1_000_000


def evidence(
    clusters: list[list[Node]], links: list[LinkFacts], decisions: list[DecisionFacts] | None = None
) -> Evidence:
    nodes = {node.id: node for members in clusters for node in members}
    names = {node.id: min(other.id for other in members) for members in clusters for node in members}
    return Evidence(nodes, names, links, decisions or [], max_cluster=3)


def test_a_link_in_common_joins_two_identifiers() -> None:
    link = LinkFacts(1, 3, day(1), day(4), count=3, first_source="web shop", last_source="till")
    told = explain(3, 1, evidence([[U1, ANN]], [link]))
    assert (told.same, told.path, told.refused, told.decisions) == (True, [link], [], [])
    assert told.in_words == [
        "email ann@x.org and user_id u1 are held to be the same person.",
        (
            "user_id u1 and email ann@x.org were seen together 3 times, first on 2026-01-01 (web shop), "
            "last on 2026-01-04 (till)."
        ),
    ]


def test_the_way_is_the_shortest_of_accepted_links() -> None:
    long_way = [LinkFacts(3, 4, day(1), day(1)), LinkFacts(4, 5, day(1), day(1)), LinkFacts(5, 6, day(1), day(1))]
    short_way = [LinkFacts(1, 3, day(2), day(2)), LinkFacts(1, 6, day(3), day(3))]
    told = explain(3, 6, evidence([[U1, ANN, BEA, CAT, PHONE]], [*long_way, *short_way]))
    assert told.path == short_way


def test_a_link_seen_once_or_on_one_day_is_told_so() -> None:
    once = LinkFacts(1, 3, day(1), day(1), first_source="till", last_source="till")
    twice = replace(once, count=2)
    assert words(once) == "user_id u1 and email ann@x.org were seen together once, on 2026-01-01 (till)."
    assert words(twice) == "user_id u1 and email ann@x.org were seen together twice, on 2026-01-01 (till)."
    assert words(replace(twice, first_source="", last_source="")) == (
        "user_id u1 and email ann@x.org were seen together twice, on 2026-01-01."
    )


def test_claims_and_probable_links_are_told_apart_from_what_was_shown() -> None:
    link = LinkFacts(1, 3, day(1), day(1))
    assert words(replace(link, verified=False)) == (
        "user_id u1 and email ann@x.org were seen together once, on 2026-01-01, "
        "though only public sources have claimed it."
    )
    assert words(replace(link, probabilistic=True, weight=12.34)) == (
        "user_id u1 and email ann@x.org were found to be probably the same person on 2026-01-01 with a weight of 12.3."
    )


def words(link: LinkFacts) -> str:
    return explain(1, 3, evidence([[U1, ANN]], [link])).in_words[1]


def test_decisions_join_and_say_who_and_why() -> None:
    alias = DecisionFacts(1, 6, True, day(1), "system:alias")
    steward = DecisionFacts(3, 6, True, day(2), "staff:7", "called to confirm")
    token = DecisionFacts(3, 4, True, day(3), "token:crm")
    told = explain(1, 4, evidence([[U1, ANN, BEA, PHONE]], [], [token, alias, steward]))
    assert told.path == told.decisions == [alias, steward, token]
    assert told.in_words[1:] == [
        "An alias said on 2026-01-01 that user_id u1 and device_id d1 are the same person.",
        (
            "Staff member 7 decided on 2026-01-02 that email ann@x.org and device_id d1 are the same person "
            "(“called to confirm”)."
        ),
        "The system crm decided on 2026-01-03 that email ann@x.org and email bea@x.org are the same person.",
    ]


def test_a_contradiction_is_shown_where_it_stands() -> None:
    same = [DecisionFacts(1, 3, True, day(1), "staff:7"), DecisionFacts(3, 4, True, day(1), "staff:7")]
    apart = DecisionFacts(1, 4, False, day(2), "staff:8")
    told = explain(1, 4, evidence([[U1, ANN, BEA]], [], [*same, apart]))
    assert told.decisions == [*same, apart]
    assert told.in_words[-1] == (
        "This contradicts another decision, and a steward should settle it: "
        "staff member 8 decided on 2026-01-02 that user_id u1 and email bea@x.org are different people."
    )


def test_a_limit_names_what_the_two_hold_together() -> None:
    refused = LinkFacts(2, 3, day(2), day(2), refused="limit:user_id")
    inside = LinkFacts(1, 3, day(1), day(1))
    told = explain(3, 2, evidence([[U1, ANN], [U2]], [inside, refused]))
    assert (told.same, told.path, told.refused) == (False, [], [refused])
    assert told.in_words == [
        "email ann@x.org and user_id u2 are not held to be the same person.",
        (
            "user_id u2 and email ann@x.org were seen together once, on 2026-01-02, but the link was refused: "
            "a profile may hold 1 user_id, and these two together hold 2 (u1, u2)."
        ),
    ]


def test_identifiers_decided_to_be_one_count_once() -> None:
    refused = LinkFacts(1, 2, day(2), day(2), refused="limit:user_id")
    third, fourth = Node(7, USER, "u3"), Node(8, USER, "u4")
    same = [DecisionFacts(1, 7, True, day(1), "staff:7"), DecisionFacts(2, 8, True, day(1), "staff:7")]
    told = explain(1, 2, evidence([[U1, third], [U2, fourth]], [refused], same))
    assert told.in_words[-1].endswith("together hold 4 (u1, u2, u3, u4), which count as 2 by decision.")


def test_a_long_list_of_values_is_cut() -> None:
    rule = replace(EMAIL, per_profile=5)
    ones = [Node(10 + n, rule, f"e{n}") for n in range(4)]
    others = [Node(20 + n, rule, f"f{n}") for n in range(3)]
    refused = LinkFacts(10, 20, day(1), day(1), refused="limit:email")
    told = explain(10, 20, evidence([ones, others], [refused]))
    assert told.in_words[-1].endswith(
        "a profile may hold 5 identifiers of type email, and these two together hold 7 (e0, e1, e2, e3, f0, 2 more)."
    )


def test_size_is_told_in_numbers() -> None:
    refused = LinkFacts(1, 3, day(1), day(1), refused="size")
    told = explain(1, 3, evidence([[U1, PHONE], [ANN, BEA]], [refused]))
    assert told.in_words[-1].endswith("was refused: a profile may hold 3 identifiers, and these two together hold 4.")


def test_a_decision_keeps_two_people_apart() -> None:
    refused = LinkFacts(1, 3, day(1), day(1), refused="different")
    apart = DecisionFacts(1, 3, False, day(2), "staff:7", "twins")
    told = explain(1, 3, evidence([[U1], [ANN]], [refused], [apart]))
    assert (told.decisions, told.refused) == ([apart], [refused])
    assert told.in_words[1:] == [
        "Staff member 7 decided on 2026-01-02 that user_id u1 and email ann@x.org are different people (“twins”).",
        (
            "user_id u1 and email ann@x.org were seen together once, on 2026-01-01, but the link was refused: "
            "staff member 7 decided on 2026-01-02 that user_id u1 and email ann@x.org are different people (“twins”)."
        ),
    ]


def test_a_shared_identifier_links_nobody() -> None:
    left_out = LinkFacts(1, 6, day(1), day(1), refused="shared:device_id")
    told = explain(1, 6, evidence([[U1], [PHONE._replace(shared=True)]], [left_out]))
    assert told.in_words[-1] == (
        "user_id u1 and device_id d1 were seen together once, on 2026-01-01, but device_id d1 is shared, so it links "
        "nobody: it was seen with more than 1 different identifier of one stronger type."
    )


def test_a_refusal_of_unification_is_respected_and_told() -> None:
    left_out = LinkFacts(1, 6, day(1), day(1), refused="unification")
    told = explain(1, 6, evidence([[U1], [PHONE._replace(denied=True)]], [left_out]))
    assert told.in_words[-1].endswith(
        ", but the link is left out: consent to join device_id d1 with others is refused."
    )


def test_without_a_direct_link_the_chain_with_the_fewest_refusals_is_told() -> None:
    accepted = LinkFacts(4, 6, day(1), day(1))
    first = LinkFacts(1, 4, day(1), day(1), refused="limit:user_id")
    second = LinkFacts(3, 6, day(2), day(2), refused="size")
    told = explain(1, 3, evidence([[U1], [U2, BEA, PHONE], [ANN]], [accepted, first, second]))
    assert told.refused == [first, second]
    assert told.in_words[1] == (
        "No link leads from the one profile to the other; "
        "the shortest chain between the two needs 2 links that were refused."
    )


def test_strangers_are_told_to_be_strangers() -> None:
    told = explain(1, 3, evidence([[U1], [ANN]], []))
    assert (told.same, told.path, told.refused, told.decisions) == (False, [], [], [])
    assert told.in_words == [
        "user_id u1 and email ann@x.org are not held to be the same person.",
        "They were never seen together, and no chain of links leads from one to the other.",
    ]


def test_one_identifier_is_itself() -> None:
    assert explain(1, 1, evidence([[U1]], [])).in_words == ["This is one identifier: user_id u1."]
