"""The identity tab: what holds a profile together, what would come of a decision, and deciding."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from consent.models import AccessLog
from profiles.models import Decision, Identifier, Link, Source
from tests.factories.channels import accept, event, tell, work

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


def tell_of_ann(shop: Source) -> None:
    """Ann on two devices; Bob, who typed her address once."""
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org", "name": "Ann Lee"}}))
    tell(shop, event(2, userId="ann-1", context={"device": {"id": "telephone-1"}}))
    tell(shop, event(3, userId="ann-1", context={"device": {"id": "tablet-1"}}))
    tell(shop, event(4, userId="ann-1", anonymousId="browser-1"))
    tell(shop, event(1440, userId="bob-1", context={"traits": {"email": "ann@example.org", "name": "Bob Roy"}}))


def row(value: str) -> Identifier:
    return Identifier.objects.get(value=value)


def path_of(value: str, rest: str = "") -> str:
    root = Identifier.objects.get(id=row(value).root_id)
    return f"/backoffice/profiles/{root.profile_id}/identity/{rest}"


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def seen_of(answer: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def split(client: Client, *values: str, reason: str = "Not hers.") -> Any:
    form = {"act": "split", "chosen": [row(value).id for value in values]}
    seen = seen_of(client.post(path_of("ann-1", "preview/"), form))
    return client.post(path_of("ann-1", "decide/"), {**form, "seen": seen, "reason": reason})


def test_the_tab_shows_identifiers_links_and_why_one_was_refused(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    answer = staff("steward").get(path_of("ann-1"))
    assert answer.status_code == 200
    said = words(answer)
    assert "Customer account" in said and "Email address" in said
    assert "A profile holds at most 1 Customer account; together they would have more." in said
    assert "ann@example.org" not in answer.content.decode()
    assert "Nobody has decided anything about these identifiers" in said


def test_opening_the_tab_is_logged_for_everybody_who_is_in_it(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    staff("steward").get(path_of("ann-1"))
    logged = set(AccessLog.objects.filter(operation="staff.identity").values_list("profile_id", flat=True))
    assert logged == {row("ann-1").profile_id, row("bob-1").profile_id}


def test_splitting_off_shows_both_profiles_first_and_does_just_that(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    form = {"act": "split", "chosen": [row("tablet-1").id]}
    before = Identifier.objects.values_list("id", "root_id").order_by("id")
    stood = list(before)
    preview = client.post(path_of("ann-1", "preview/"), form)
    assert preview.status_code == 200
    said = words(preview)
    assert "Now: 1 profile" in said and "Then: 2 profiles" in said
    assert "Ann Lee" in said
    assert list(before) == stood and not Decision.objects.exists()
    answer = client.post(path_of("ann-1", "decide/"), {**form, "seen": seen_of(preview), "reason": "It is Carl's."})
    assert answer.status_code == 303
    assert row("tablet-1").root_id == row("tablet-1").id != row("ann-1").root_id
    [decision] = Decision.objects.all()
    assert (decision.verdict, decision.reason, decision.actor[:6]) == ("different", "It is Carl's.", "staff:")
    shown = words(client.get(path_of("ann-1")))
    assert "1 identifier was split off." in shown and "It is Carl's." in shown


def test_a_split_is_undone_as_if_it_had_not_been(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    stood = list(Identifier.objects.values_list("id", "root_id").order_by("id"))
    split(client, "tablet-1", "telephone-1")
    assert Decision.objects.count() == 2
    token = re.search(r'name="token" value="([^"]+)"', client.get(path_of("ann-1")).content.decode())
    assert token is not None
    answer = client.post("/backoffice/undo/", {"token": token[1], "next": path_of("ann-1")}, follow=True)
    assert "Taken back" in words(answer)
    assert list(Identifier.objects.values_list("id", "root_id").order_by("id")) == stood


def test_why_somebody_decided_shows_no_value_either(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    split(client, "tablet-1", reason="Ann (ann@example.org) says that tablet-1 is Carl's.")
    page = client.get(path_of("ann-1")).content.decode()
    assert "is Carl" in page
    assert "ann@example.org" not in page
    assert "tablet-1" not in page


def test_a_reason_is_required_and_what_was_typed_stays(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    answer = split(staff("steward"), "tablet-1", reason="  ")
    assert answer.status_code == 422
    assert not Decision.objects.exists()
    assert "aria-invalid" in answer.content.decode()


def test_what_has_changed_since_the_preview_is_shown_again_first(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    form = {"act": "split", "chosen": [row("tablet-1").id]}
    seen = seen_of(client.post(path_of("ann-1", "preview/"), form))
    tell(shop, event(9, userId="ann-1", context={"device": {"id": "watch-1"}}))
    answer = client.post(path_of("ann-1", "decide/"), {**form, "seen": seen, "reason": "Not hers."})
    assert answer.status_code == 409
    assert "Something has changed since" in words(answer)
    assert not Decision.objects.exists()


def test_joining_with_a_neighbour_makes_one_profile_of_two(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    for form in ({"act": "join", "chosen": [row("bob-1").id]}, {"act": "join", "other": "user_id:bob-1"}):
        preview = client.post(path_of("ann-1", "preview/"), form)
        assert "Now: 2 profiles" in words(preview) and "Then: 1 profile" in words(preview)
    answer = client.post(path_of("ann-1", "decide/"), {**form, "seen": seen_of(preview), "reason": "Her new account."})
    assert answer.status_code == 303
    assert row("bob-1").root_id == row("ann-1").root_id


def test_a_decision_is_taken_back_from_the_table(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    split(client, "tablet-1")
    [decision] = Decision.objects.all()
    answer = client.post(path_of("ann-1", "take-back/"), {"decision": str(decision.id)}, follow=True)
    assert "The decision was taken back." in words(answer)
    assert row("tablet-1").root_id == row("ann-1").root_id
    again = client.post(path_of("ann-1", "take-back/"), {"decision": str(decision.id)})
    assert again.status_code == 404


def undo_of(client: Client, answer: Any) -> Any:
    """Press the latest of the Undo buttons on a page."""
    token = re.findall(r'name="token" value="([^"]+)"', answer.content.decode())[-1]
    return client.post("/backoffice/undo/", {"token": token, "next": path_of("ann-1")}, follow=True)


def test_what_was_taken_back_is_put_back_by_undo_and_only_once(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    split(client, "tablet-1")
    [decision] = Decision.objects.all()
    answer = client.post(path_of("ann-1", "take-back/"), {"decision": str(decision.id)}, follow=True)
    assert "The decision is in force again" in words(undo_of(client, answer))
    assert row("tablet-1").root_id != row("ann-1").root_id
    assert Decision.objects.get().withdrawn_by == ""
    assert "somebody went on from it" in words(undo_of(client, answer))


def test_a_decision_that_keeps_a_large_profile_apart_is_not_taken_back_by_one_alone(
    staff: Staff, shop: Source, settings: Any
) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    split(client, "tablet-1")
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 2
    [decision] = Decision.objects.all()
    answer = client.post(path_of("ann-1", "take-back/"), {"decision": str(decision.id)})
    assert answer.status_code == 409
    assert "a second member of staff has to agree. Join the two profiles" in words(answer)
    assert row("tablet-1").root_id != row("ann-1").root_id


def test_why_two_identifiers_are_together_or_not(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    together = client.post(path_of("ann-1", "why/"), {"chosen": [row("tablet-1").id, row("telephone-1").id]})
    assert "They are the same person" in words(together)
    assert "were seen together once on 1 January 2026 by shop." in words(together)
    apart = client.post(path_of("ann-1", "why/"), {"chosen": [row("ann-1").id], "other": "bob-1"})
    assert "They are not the same person" in words(apart)
    assert "A profile holds at most 1 Customer account" in words(apart)
    link = Link.objects.get(b_id=row("bob-1").id)
    assert f"/timeline/{link.first_interaction}/" in apart.content.decode()


@pytest.mark.parametrize("case", ["one profile", "a link between", "a device of both", "nothing"])
def test_saying_why_takes_few_queries(
    staff: Staff, shop: Source, django_assert_max_num_queries: Any, case: str
) -> None:
    tell_of_ann(shop)
    tell(shop, event(2000, userId="carl-1"))
    tablet = {"device": {"id": "kiosk"}}
    tell(shop, *(event(2001 + n, userId=f"user-{n}", context=tablet) for n in range(12)))
    pairs = {
        "one profile": ("tablet-1", "telephone-1"),
        "a link between": ("ann-1", "bob-1"),
        "a device of both": ("user-1", "user-2"),
        "nothing": ("ann-1", "carl-1"),
    }
    one, other = pairs[case]
    client = staff("steward")
    path = path_of(one)
    split(client, "browser-1")
    ids = [row(one).id, row(other).id]
    client.get(path)
    with django_assert_max_num_queries(15):
        typed = client.post(path + "why/", {"chosen": ids[:1], "other": other})
    with django_assert_max_num_queries(15):
        chosen = client.post(path + "why/", {"chosen": ids})
    assert typed.status_code == chosen.status_code == 200
    assert ("They are the same person" in words(chosen)) is (case == "one profile")
    assert ("is shared by too many people" in words(chosen)) is (case == "a device of both")


def test_an_earlier_day_shows_what_was_believed_then(staff: Staff, shop: Source) -> None:
    early, late = datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)
    accept(shop, event(1, userId="ann-1", context={"device": {"id": "telephone-1"}}), received_at=early)
    work()
    accept(shop, event(2, userId="ann-1", context={"device": {"id": "tablet-1"}}), received_at=late)
    work()
    client = staff("steward")
    then = client.get(path_of("ann-1"), {"as_of": "2026-01-03"})
    assert then.status_code == 200
    assert "What was believed at the end of 3 January 2026" in words(then)
    numbers = re.findall(r'data-node="(\d+)"', then.content.decode())
    assert {int(number) for number in numbers} == {row("ann-1").id, row("telephone-1").id}
    before = client.get(path_of("ann-1"), {"as_of": "2025-12-01"})
    assert "Nothing of this profile was known yet" in words(before)
    bad = client.get(path_of("ann-1"), {"as_of": "yesterday"})
    assert bad.status_code == 422 and "This is no day" in words(bad)


def make_many(shop: Source, how_many: int) -> None:
    """A profile of many devices."""
    tell(
        shop,
        *(
            event(number, userId="ann-1", context={"device": {"id": f"device-{number:04}"}})
            for number in range(how_many)
        ),
    )


def test_a_profile_of_500_identifiers_takes_few_queries(
    staff: Staff, shop: Source, django_assert_max_num_queries: Any
) -> None:
    make_many(shop, 520)
    client = staff("steward")
    split(client, "device-0518", "device-0519")
    path = path_of("ann-1")
    with django_assert_max_num_queries(15):
        answer = client.get(path)
    assert answer.content.decode().count("data-node=") >= 498
    accept(shop, event(1, userId="ann-1", anonymousId="b-1"), received_at=datetime(2026, 1, 1, tzinfo=UTC))
    work()
    with django_assert_max_num_queries(15):
        then = client.get(path, {"as_of": "2026-01-01"})
    assert then.content.decode().count("data-node=") == 2


def in_bytes(form: dict[str, Any]) -> dict[str, list[bytes]]:
    """A form as it goes over the wire, half pairs and all."""
    return {
        name: [str(one).encode("utf-8", "surrogatepass") for one in (value if isinstance(value, list) else [value])]
        for name, value in form.items()
    }


def test_previews_and_answers_take_few_queries(staff: Staff, shop: Source, django_assert_max_num_queries: Any) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    split(client, "tablet-1")
    path = path_of("ann-1")
    forms: list[tuple[str, dict[str, Any]]] = [
        ("preview/", {"act": "split", "chosen": [row("telephone-1").id]}),
        ("preview/", {"act": "join", "chosen": [row("bob-1").id]}),
        ("preview/", {"act": "join", "other": "bob-1"}),
    ]
    for rest, form in forms:
        with django_assert_max_num_queries(15):
            assert client.post(path + rest, form).status_code == 200


HOSTILE = [
    "\x00",
    "\ud800",
    "x" * 1_000_000,
    "-1",
    "9" * 40,
    "1; DROP TABLE link",
    "",
    "¹",
    "3694b448-4f48-4855-a778-afa0f7e3f90e",
]


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("rest", ["preview/", "decide/", "why/", "take-back/"])
def test_hostile_forms_are_answered_by_a_page_with_a_sentence(staff: Staff, shop: Source, rest: str, bad: str) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    client.raise_request_exception = True
    for form in (
        {"act": bad, "chosen": bad, "other": bad, "decision": bad},
        {"act": "split", "chosen": [bad]},
        {"act": "join", "other": bad, "seen": bad},
        {"act": "split", "chosen": [row("tablet-1").id], "reason": bad, "seen": bad},
    ):
        answer = client.post(path_of("ann-1", rest), in_bytes(form))
        assert answer.status_code in (200, 400, 404, 409, 413, 422), (form, answer.status_code)
        assert not Decision.objects.exists()


def test_another_profiles_identifiers_cannot_be_split_off_here(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    answer = staff("steward").post(path_of("ann-1", "preview/"), {"act": "split", "chosen": [row("bob-1").id]})
    assert answer.status_code == 422
    assert "Choose identifiers of this profile only" in words(answer)


def test_only_who_may_decide_sees_how_and_does(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    analyst = staff("analyst")
    said = words(analyst.get(path_of("ann-1")))
    assert "Preview: split them off" not in said and "Why are these two together" in said
    for rest in ("preview/", "decide/", "take-back/"):
        assert analyst.post(path_of("ann-1", rest), {"act": "split"}).status_code == 403
    assert staff("operator").get(path_of("ann-1")).status_code == 403


def test_a_profile_that_is_not_there_is_a_page(staff: Staff, shop: Source) -> None:
    assert staff("steward").get(f"/backoffice/profiles/{UUID(int=5)}/identity/").status_code == 404
