"""The switches: what stands, why, changing it, and the receipt of each change."""

import re
from typing import Any

import pytest

from consent.models import ConsentDecision, Notice, Receipt
from consent.signatures import verify_receipt
from consent.signing import public_keys
from profiles.models import Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import decision, state_of, tell_consents
from tests.factories.visitors import ANN, ANN_SEEN, Visitor, text_of

pytestmark = pytest.mark.django_db

CHOICES = "/privacy/choices"
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')
_ON = re.compile(r'name="allow" value="([^"]+)"[^>]* checked')


def switches(visitor: Visitor) -> dict[str, bool]:
    """Each switch of the page, and whether it is on."""
    shown = text_of(visitor.get(CHOICES))
    on = set(_ON.findall(shown))
    return {name[:-2]: name[:-2] in on for name in _SHOWN.findall(shown)}


def switch(visitor: Visitor, **wanted: bool) -> None:
    """Switch purposes (dots as __) over and save, as a browser sends the form."""
    held = switches(visitor)
    changed = {name.replace("__", "."): on for name, on in wanted.items()}
    after = {name: changed.get(name.partition(":")[0], on) for name, on in held.items()}
    shown = [f"{name}={int(on)}" for name, on in held.items()]
    answer = visitor.send(CHOICES, shown=shown, allow=[name for name, on in after.items() if on])
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{CHOICES}?saved")


def test_a_switch_grants_and_takes_back_at_once_with_a_receipt_each(ann: Visitor, service: Caller) -> None:
    switch(ann, analytics=True)
    assert state_of(service, "analytics") == ("granted", True)
    switch(ann, analytics=False)
    assert state_of(service, "analytics") == ("withdrawn", False)
    records = [verify_receipt(row.jws, public_keys()) for row in Receipt.objects.order_by("issued_at")]
    assert len(records) == 2
    rows = ConsentDecision.objects.filter(purpose="analytics")
    assert {row.actor for row in rows} == {"person"}
    proof = rows.filter(state="ConsentGiven")[0].proof or {}
    told = ("privacy_page", "privacy_page", "en", "person", "purpose switch")
    assert tuple(proof[name] for name in ("method", "notice", "language", "expressed_by", "ui_part")) == told
    notice = Notice.objects.get(key="privacy_page", version=proof["notice_version"], language="en")
    assert "Learning how our service is used" in notice.text


def test_a_permission_is_written_for_what_was_proven_and_a_refusal_for_all_that_is_surely_theirs(ann: Visitor) -> None:
    switch(ann, analytics=True)
    switch(ann, analytics=False)
    names = dict(Identifier.objects.values_list("id", "value"))
    said: dict[str, set[str]] = {state: set() for state in ("ConsentGiven", "ConsentWithdrawn")}
    for row in ConsentDecision.objects.all():
        said[row.state].add(names[row.identifier_id])
    assert said == {"ConsentGiven": {ANN}, "ConsentWithdrawn": {ANN, "ann-1"}}


def test_what_was_not_switched_over_is_not_said_again(ann: Visitor) -> None:
    switch(ann, analytics=True)
    before = ConsentDecision.objects.count()
    switch(ann)
    assert (ConsentDecision.objects.count(), Receipt.objects.count()) == (before, 1)


def test_a_page_that_was_open_for_long_grants_nothing_that_was_taken_back_meanwhile(
    ann: Visitor, service: Caller
) -> None:
    switch(ann, analytics=True)
    shown = [f"{name}={int(on)}" for name, on in switches(ann).items()]
    tell_consents(service, decision("analytics", "withdrawn"))
    ann.send(CHOICES, shown=shown, allow=["analytics"])
    assert state_of(service, "analytics") == ("withdrawn", False)


def test_an_objection_to_what_needs_no_consent_and_taking_it_back(ann: Visitor, service: Caller) -> None:
    assert switches(ann)["security"] is True
    switch(ann, security=False)
    assert state_of(service, "security") == ("objected", False)
    switch(ann, security=True)
    assert state_of(service, "security")[1] is True


def test_being_one_profile_can_be_refused_and_allowed_again(ann: Visitor) -> None:
    roots = Identifier.objects.filter(value__in=[ANN, "ann-1"]).values_list("root_id", flat=True)
    switch(ann, unification=False)
    assert len(set(roots.all())) == 2
    switch(ann, unification=True)
    assert len(set(roots.all())) == 1


def test_a_choice_about_an_address_is_about_that_address(ann: Visitor, service: Caller) -> None:
    ann.sign_in("ann@work.example")
    tell_consents(service, decision("marketing.email"), by={"type": "email", "value": "ann@work.example"})
    held = switches(ann)
    names = {str(row.id): row.value for row in Identifier.objects.all()}
    by_address = {names[name.partition(":")[2]]: on for name, on in held.items() if name.startswith("marketing.email:")}
    assert by_address == {ANN: False, "ann@work.example": True}
    mine = f"marketing.email:{Identifier.objects.get(value=ANN).id}"
    ann.send(CHOICES, shown=[f"{mine}=0"], allow=[mine])
    rows = ConsentDecision.objects.filter(purpose="marketing.email", actor="person")
    assert [names[str(row.identifier_id)] for row in rows] == [ANN]


def test_what_a_wider_refusal_refuses_says_so_and_cannot_be_switched_on(ann: Visitor, service: Caller) -> None:
    tell_consents(service, decision("marketing", "denied"))
    shown = text_of(ann.get(CHOICES))
    assert "Off, because “News and offers” is refused." in shown
    name = f"marketing.email:{Identifier.objects.get(value=ANN).id}"
    ann.send(CHOICES, shown=[f"{name}=0"], allow=[name])
    assert not ConsentDecision.objects.filter(purpose="marketing.email").exists()


@pytest.mark.parametrize(
    "name",
    ["", "=", "nonsense", "service", "marketing.email:99999999", "marketing.email:x", "analytics:1", "*", "a" * 5000],
)
def test_what_is_no_switch_of_theirs_changes_nothing(ann: Visitor, shop: Source, name: str) -> None:
    tell(shop, event(5, userId="ben-1", context={"traits": {"email": "ben@example.org"}}))
    answer = ann.send(CHOICES, shown=[f"{name}=0", f"{name}=1", name], allow=[name])
    assert answer.status_code == 303
    assert not ConsentDecision.objects.exists()


def test_another_persons_address_cannot_be_switched(ann: Visitor, shop: Source) -> None:
    tell(shop, event(5, userId="ben-1", context={"traits": {"email": "ben@example.org"}}))
    name = f"marketing.email:{Identifier.objects.get(value='ben@example.org').id}"
    ann.send(CHOICES, shown=[f"{name}=0"], allow=[name])
    assert not ConsentDecision.objects.exists()


def test_the_browsers_signal_is_honoured_first_and_the_conflict_is_shown(shop: Source, service: Caller) -> None:
    tell(shop, event(1, **ANN_SEEN))
    tell_consents(service, decision("ads.sale_share"))
    visitor = Visitor(**{"Sec-GPC": "1"})
    visitor.sign_in(ANN)
    assert state_of(service, "ads.sale_share") == ("withdrawn", False)
    shown = text_of(visitor.get(CHOICES))
    assert "You allowed this earlier, but your browser now asks" in shown
    visitor.send(CHOICES, shown=["ads.sale_share=0"], allow=["ads.sale_share"])
    assert state_of(service, "ads.sale_share")[1] is False
    without = Visitor(**{"Sec-GPC": "0"})
    without.sign_in(ANN)
    assert "ads.sale_share" in switches(without)
    assert state_of(service, "ads.sale_share")[1] is False


def test_a_child_cannot_agree_alone(shop: Source, somebody: Visitor, service: Caller) -> None:
    seen: dict[str, Any] = {
        "userId": "kim-1",
        "context": {"traits": {"email": "kim@example.org", "date_of_birth": "2018-05-01"}},
    }
    tell(shop, event(1, **seen))
    somebody.sign_in("kim@example.org")
    switch(somebody, analytics=True)
    assert state_of(service, "analytics", {"type": "email", "value": "kim@example.org"}) == ("awaiting_guardian", False)
    assert "a parent has to agree first" in text_of(somebody.get(CHOICES))


def test_all_use_stopped_leaves_nothing_to_switch(ann: Visitor, service: Caller) -> None:
    tell_consents(service, decision("*", "restricted"))
    shown = text_of(ann.get(CHOICES))
    assert "All use of your data is stopped" in shown
    assert "Save my choices" not in shown
    ann.send(CHOICES, page="/privacy/requests", shown=["analytics=0"], allow=["analytics"])
    assert not ConsentDecision.objects.filter(purpose="analytics").exists()


def test_receipts_are_theirs_alone(ann: Visitor, service: Caller, shop: Source) -> None:
    tell(shop, event(5, userId="ben-1", context={"traits": {"email": "ben@example.org"}}))
    switch(ann, analytics=True)
    theirs = tell_consents(service, decision("analytics"), by={"type": "email", "value": "ben@example.org"}).content
    mine = Receipt.objects.exclude(id=theirs["id"]).get()
    shown = text_of(ann.get("/privacy/receipts"))
    assert (str(mine.id) in shown, theirs["id"] in shown) == (True, False)
    file = ann.get(f"/privacy/receipts/{mine.id}")
    assert (file.status_code, file.content.decode()) == (200, mine.jws)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert ann.get(f"/privacy/receipts/{theirs['id']}").status_code == 404


def test_who_is_not_known_can_refuse_all_the_same(somebody: Visitor, service: Caller) -> None:
    somebody.sign_in("new@example.org")
    switch(somebody, security=False)
    assert state_of(service, "security", {"type": "email", "value": "new@example.org"}) == ("objected", False)


def test_nobody_is_stored_for_having_looked(service: Caller) -> None:
    visitor = Visitor(**{"Sec-GPC": "1"})
    visitor.sign_in("new@example.org")
    switch(visitor)
    assert not Identifier.objects.exists()
