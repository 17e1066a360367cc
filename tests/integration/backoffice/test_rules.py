"""Identity rules: read, tried on the real data before they change, and changed by who may."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from profiles.configuration import rebuild_is_wanted
from profiles.models import ConfigurationChange, Identifier, IdentifierType, Source, TraitRule
from tests.factories.channels import event, tell

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]

EMAIL = {
    "name": "email",
    "rank": "4",
    "person": "on",
    "per_profile": "5",
    "ownership": "first",
    "shared_above": "3",
    "normaliser": "email",
    "blocked": "test@test.com\nnoreply@*",
}


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def tell_of_two(shop: Source) -> None:
    """Two people, one address: the second account is refused by the limit of one account a profile."""
    address = {"traits": {"email": "ann@example.org"}}
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org", "name": "Ann Lee"}}))
    tell(shop, event(2, userId="bob-1", context=address))


def of_user_id(**changed: str) -> dict[str, str]:
    """The form of accounts."""
    usual = {**EMAIL, "name": "user_id", "rank": "1", "per_profile": "1", "shared_above": "", "normaliser": "trim"}
    return {**usual, "blocked": "", **changed}


def signed_of(answer: Any) -> str:
    found = re.search(r'name="signed" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def test_the_types_are_listed_in_the_order_of_their_strength(staff: Staff, shop: Source) -> None:
    said = words(staff("analyst").get("/backoffice/rules/"))
    names = [row.name for row in IdentifierType.objects.order_by("rank")]
    places = [said.index(f" {name} ") for name in names]
    assert places == sorted(places)
    assert "at most 1" in said


def test_a_change_is_tried_on_the_real_data_and_then_applied_as_it_was_tried(
    staff: Staff, shop: Source, rebuilds: list[Any]
) -> None:
    tell_of_two(shop)
    client = staff("steward")
    preview = client.post("/backoffice/rules/preview/", of_user_id(per_profile="2"))
    said = words(preview)
    assert "2 profiles now" in said or "profiles now 2" in said
    assert "Profiles that would become one Ann Lee +" in said
    assert IdentifierType.objects.get(name="user_id").per_profile == 1
    answer = client.post("/backoffice/rules/apply/", {"signed": signed_of(preview)}, follow=True)
    assert "is being computed anew" in words(answer)
    assert IdentifierType.objects.get(name="user_id").per_profile == 2
    change = ConfigurationChange.objects.get(subject="identifier_type:user_id")
    assert change.actor.startswith("staff:")
    assert "At most this many in one profile: 1 → 2" in words(answer)
    assert rebuild_is_wanted()
    assert "being computed anew" in words(client.get("/backoffice/rules/"))


def test_only_what_was_previewed_by_the_same_person_is_applied(staff: Staff, shop: Source) -> None:
    signed = signed_of(staff("steward").post("/backoffice/rules/preview/", of_user_id(per_profile="2")))
    for token in (signed, "", "forged", "\x00"):
        answer = staff("steward").post("/backoffice/rules/apply/", {"signed": token}, follow=True)
        assert "look at what the change would do first" in words(answer)
    assert IdentifierType.objects.get(name="user_id").per_profile == 1


def test_a_change_that_somebody_else_made_meanwhile_is_not_overwritten_unseen(
    staff: Staff, shop: Source, rebuilds: list[Any]
) -> None:
    tell_of_two(shop)
    eva, finn = staff("steward"), staff("operator")
    signed = signed_of(eva.post("/backoffice/rules/preview/", of_user_id(per_profile="2")))
    other = eva if finn.get("/backoffice/rules/new/").status_code == 403 else finn
    theirs = signed_of(other.post("/backoffice/rules/preview/", of_user_id(blocked="guest-*")))
    other.post("/backoffice/rules/apply/", {"signed": theirs})
    late = eva.post("/backoffice/rules/apply/", {"signed": signed})
    assert late.status_code == 409
    assert "Somebody changed this type meanwhile." in words(late)
    assert "Blocked values and patterns: guest-* → none" in words(late), "what would be lost is shown"
    row = IdentifierType.objects.get(name="user_id")
    assert (row.per_profile, row.blocked) == (1, ["guest-*"])
    eva.post("/backoffice/rules/apply/", {"signed": signed_of(late)})
    assert IdentifierType.objects.get(name="user_id").per_profile == 2
    again = eva.post("/backoffice/rules/apply/", {"signed": signed_of(late)})
    assert again.status_code == 303, "sent twice it is done once"
    assert ConfigurationChange.objects.filter(subject="identifier_type:user_id").count() == 2


def test_what_is_blocked_anew_is_told_from_the_many_that_were(staff: Staff, shop: Source, rebuilds: list[Any]) -> None:
    many = [f"placeholder-{number}@example.org" for number in range(50)]
    client = staff("steward")
    for blocked in (many, [*many, "office@example.org"]):
        preview = client.post("/backoffice/rules/preview/", {**EMAIL, "blocked": "\n".join(blocked)})
        answer = client.post("/backoffice/rules/apply/", {"signed": signed_of(preview)}, follow=True)
    said = "Blocked values and patterns: and 50 more → office@example.org, and 50 more"
    assert said in words(preview)
    assert said in words(answer), "and so it stands among the changes"


def test_what_would_change_nothing_cannot_be_applied(staff: Staff, shop: Source) -> None:
    said = words(staff("steward").post("/backoffice/rules/preview/", of_user_id(ownership="last")))
    same = "It is set so already" in said
    assert same != ("Apply the change" in said)


def test_a_value_that_many_hold_is_blocked_and_all_who_hung_together_by_it_alone_part(
    staff: Staff, shop: Source, rebuilds: list[Any]
) -> None:
    for number in range(3):
        tell(shop, event(number, anonymousId=f"a-{number}", context={"traits": {"email": "desk@example.org"}}))
    preview = staff("steward").post("/backoffice/rules/preview/", {**EMAIL, "blocked": "desk@*"})
    said = words(preview)
    assert "Profiles that would split" in said
    assert "profiles now 1 profiles then 3" in said
    assert Identifier.objects.filter(value="desk@example.org").exists(), "nothing has changed yet"


def test_a_lower_limit_names_who_would_fall_apart(staff: Staff, shop: Source, rebuilds: list[Any]) -> None:
    for number in range(3):
        tell(shop, event(number, userId="ann-1", context={"traits": {"email": f"ann-{number}@example.org"}}))
    preview = staff("steward").post("/backoffice/rules/preview/", {**EMAIL, "per_profile": "1"})
    assert "would split 1" in words(preview)
    assert "into 3 profiles" in words(preview)


def test_too_much_to_try_needs_the_name_typed(staff: Staff, shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from profiles.identity import type_changes

    tell_of_two(shop)
    monkeypatch.setattr(type_changes, "MOST_PREVIEWED", 1)
    client = staff("steward")
    preview = client.post("/backoffice/rules/preview/", of_user_id(per_profile="2"))
    assert "There are more than 50,000 stored events" in words(preview)
    form = {"signed": signed_of(preview)}
    for confirm in ({"confirm": "yes"}, {}):
        assert client.post("/backoffice/rules/apply/", {**form, **confirm}).status_code == 422
    assert IdentifierType.objects.get(name="user_id").per_profile == 1
    client.post("/backoffice/rules/apply/", {**form, "confirm": "user_id"})
    assert IdentifierType.objects.get(name="user_id").per_profile == 2


BAD = [
    ("rank", "0"),
    ("rank", ""),
    ("rank", "4"),
    ("rank", "9" * 30),
    ("rank", "²"),
    ("per_profile", "-1"),
    ("per_profile", "99999999999"),
    ("shared_above", "many"),
    ("ownership", "mine"),
    ("normaliser", "\x00"),
    ("blocked", "a\x00b"),
    ("blocked", "x" * 300),
    ("blocked", "\n".join(map(str, range(1_200)))),
    ("name", "Not A Name"),
    ("name", "\x00"),
]


@pytest.mark.parametrize(("field", "bad"), BAD)
def test_a_field_that_cannot_be_is_marked_and_what_was_typed_stays(
    staff: Staff, shop: Source, field: str, bad: str
) -> None:
    form = {name: [value.encode("utf-8", "surrogatepass")] for name, value in of_user_id(**{field: bad}).items()}
    answer = staff("steward").post("/backoffice/rules/preview/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Look at the marked fields" in page and 'class="wrong"' in page
    assert not ConfigurationChange.objects.filter(subject__startswith="identifier_type:").exists()


def test_shared_identifiers_are_listed_masked_with_how_much_hangs_on_them(staff: Staff, shop: Source) -> None:
    for number in range(5):
        tell(shop, event(number, userId=f"person-{number}", context={"traits": {"email": "family@example.org"}}))
    assert Identifier.objects.get(value="family@example.org").shared
    said = words(staff("steward").get("/backoffice/rules/shared/"))
    assert "Email address" in said and "family@example.org" not in said
    assert " 5 above 3 of one kind" in said
    assert "No more" in words(staff("steward").get("/backoffice/rules/shared/", {"after": "999999"}))
    for hostile in ("x", "-1", "9" * 50, "\x00"):
        assert staff("steward").get("/backoffice/rules/shared/", {"after": hostile}).status_code == 200


def test_a_trait_is_set_and_refused_field_by_field(staff: Staff, shop: Source) -> None:
    client = staff("steward")
    form = {"name": "city", "rule": "most_frequent", "category": "contact", "origin": "provided"}
    assert "The trait is as you set it." in words(client.post("/backoffice/rules/traits/set/", form, follow=True))
    assert TraitRule.objects.get(name="city").category == "contact"
    for field, bad in (("rule", "best"), ("category", "Not This"), ("origin", "x"), ("name", "")):
        answer = client.post("/backoffice/rules/traits/set/", {**form, field: bad})
        assert answer.status_code == 422 and 'class="wrong"' in answer.content.decode()
    for field in form:
        answer = client.post("/backoffice/rules/traits/set/", {**form, field: [b"\xed\xa0\x80\x00"]})
        assert answer.status_code == 422


@pytest.mark.parametrize("path", ["preview/", "apply/", "traits/set/"])
def test_who_may_only_see_the_rules_changes_none(staff: Staff, shop: Source, path: str) -> None:
    assert staff("analyst").post(f"/backoffice/rules/{path}", EMAIL).status_code == 403
    assert "See what it would do" not in words(staff("analyst").get("/backoffice/rules/types/email/"))


def test_a_type_that_is_not_there_is_a_page(staff: Staff, shop: Source) -> None:
    assert staff("steward").get("/backoffice/rules/types/nothing/").status_code == 404
    assert staff("steward").get("/backoffice/rules/types/%00/").status_code == 404


def test_the_screens_take_few_queries(staff: Staff, shop: Source, django_assert_max_num_queries: Any) -> None:
    tell_of_two(shop)
    client = staff("steward")
    paths = ("", "types/email/", "new/", "shared/", "traits/")
    for path in paths:
        with django_assert_max_num_queries(15):
            assert client.get(f"/backoffice/rules/{path}").status_code == 200
    with django_assert_max_num_queries(15):
        client.post("/backoffice/rules/preview/", of_user_id(per_profile="2"))
