"""What a profile's tabs mask and in which words they speak, with everything that can hang on a profile."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import AccessLog
from cxprofiles.backoffice.field_words import FIELDS
from cxprofiles.portal.words import FIELDS as TOLD_TO_THE_PERSON
from cxprofiles.portal.words import OPERATIONS
from profiles.models import Identifier
from tests.factories import pages
from tests.factories.channels import event, make_source, tell
from tests.factories.decisions import decide, decision
from tests.factories.requests import submit

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]

VALUES = ("zoe.quinn@quartz.example", "zq-44170", "QUARTZ-9", "browser-zq-1", "zoequartz", "+4930901820", "30 901820")
TABS = ("", "traits/", "raw/", "accesses/", "consent/", "consent/tell/", "privacy/", "privacy/keeping/")


def page_of(answer: Any) -> str:
    assert answer.status_code == 200
    return pages.page_of(answer)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return pages.text_of(answer)


def base(one: Identifier) -> str:
    return f"/backoffice/profiles/{one.profile_id}/"


@pytest.fixture
def zoe() -> Identifier:
    """Zoe, whose identifiers stand in her traits, events, choices and in what staff wrote."""
    traits = {
        "email": VALUES[0], "phone": VALUES[5], "loyalty_id": VALUES[2], "name": f"Zoe {VALUES[1]}", "nick": VALUES[4],
        "wishlist": [VALUES[2], {VALUES[3]: VALUES[0]}], "referrer": f"https://shop.example/?m={VALUES[0]}",
    }  # fmt: skip
    held = {"traits": traits, "externalIds": [{"type": "social_handle", "id": f"instagram:{VALUES[4]}"}]}
    tell(make_source(), event(userId=VALUES[1], anonymousId=VALUES[3], name=f"Saw {VALUES[4]}", context=held))
    one, mail = Identifier.objects.get(value=VALUES[1]), Identifier.objects.get(value=VALUES[0])
    said = {
        "note": f"spoke with {VALUES[1]} ({VALUES[4]}) of {VALUES[0]}, {VALUES[5]}",
        "method": "phone",
        "url": VALUES[3],
    }
    at = timezone.now() - timedelta(days=3)
    decide(decision(mail.id, "marketing.email", "ConsentRefused", at, proof=said, signal="staff"))
    decide(decision(one.id, "analytics", "ConsentRefused", at, proof=said))
    submit("access", ("user_id", VALUES[1]))
    return one


def records_of(page: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/backoffice/profiles/[^"]+/consent/[0-9a-f-]{36}/[^"]+)"', page)))


def leaks(answer: Any) -> list[str]:
    page = page_of(answer).casefold()
    return [value for value in VALUES if value.casefold() in page]


def test_no_identifier_survives_in_any_tab_record_or_fragment(staff: Staff, zoe: Identifier) -> None:
    client = staff("privacy_officer")
    records = records_of(page_of(client.get(base(zoe) + "consent/")))
    assert len(records) == 2
    for path in (*(base(zoe) + tab for tab in TABS), *records):
        assert leaks(client.get(path)) == [], path
        assert leaks(client.get(path, headers={"HX-Request": "true"})) == [], path
    refused = client.post(base(zoe) + "consent/tell/", {"purpose": "x", "identifier": str(zoe.id)})
    assert refused.status_code == 422
    assert [value for value in VALUES if value in html.unescape(refused.content.decode())] == []


def test_two_identifiers_that_look_alike_while_masked_each_keep_their_refusals(staff: Staff) -> None:
    mails = ("ann@example.org", "abe@example.org")
    shop = make_source()
    for mail in mails:
        tell(shop, event(userId="u-00001", context={"traits": {"email": mail}}))
        refused = decision(Identifier.objects.get(value=mail).id, "analytics", "ConsentRefused", timezone.now())
        decide(refused)
    page = text_of(staff("steward").get(base(Identifier.objects.get(value="u-00001")) + "consent/"))
    below = page[page.index("What was refused, by identifier") :]
    assert below.count("a••@e••.org Email address") == 2


def test_a_profile_of_hundreds_of_devices_offers_the_people_first(staff: Staff) -> None:
    tell(make_source(), *(event(n, userId="busy-01", anonymousId=f"browser-{n:04}") for n in range(120)))
    page = page_of(staff("privacy_officer").get(base(Identifier.objects.get(value="busy-01")) + "consent/tell/"))
    assert page.index("Customer account") < page.index("<details", page.index("Under which identifier"))
    offered = re.findall(r'type="radio" name="identifier" value="(\d+)"', page)
    assert (len(offered), offered[0]) == (21, str(Identifier.objects.get(value="busy-01").id))
    assert "100 more are not listed here" in page


def test_the_tabs_speak_the_readers_language(staff: Staff, zoe: Identifier) -> None:
    client = staff("privacy_officer")
    client.cookies["django_language"] = "de"
    head = text_of(client.get(base(zoe)))
    assert "Verstehen, wie unser Dienst genutzt wird: nein" in head
    consents = text_of(client.get(base(zoe) + "consent/"))
    for word in ("E-Mail-Adresse", "Kundenkonto"):
        assert word in consents[consents.index("Was verweigert wurde") :]
    assert not re.search(r"<title>[^<]* to 2", page_of(client.get(base(zoe) + "consent/")))
    looked = text_of(client.get(base(zoe) + "accesses/"))
    assert "Unser Service für Sie Kennungen, Merkmale" in looked
    found = text_of(client.post("/backoffice/search/", {"words": VALUES[1]}))
    assert "Verstehen, wie unser Dienst genutzt wird : nein" in found


def test_every_read_has_words_for_staff_and_for_the_person(staff: Staff, zoe: Identifier) -> None:
    client = staff("privacy_officer")
    client.post("/backoffice/search/", {"words": VALUES[1]})
    client.post("/backoffice/reveal/", {"profile": zoe.profile_id})
    for tab in (*TABS, "timeline/", "identity/", f"?as_of={timezone.localdate().isoformat()}"):
        client.get(base(zoe) + tab)
    reads = AccessLog.objects.filter(profile_id=Identifier.objects.get(id=zoe.root_id).profile_id)
    fields = {name for one in reads for name in one.fields.split(",")}
    assert {one.operation for one in reads} >= {"staff.search", "staff.reveal", "staff.privacy", "staff.consents"}
    assert {one.operation for one in reads} - OPERATIONS.keys() == set()
    assert (fields - FIELDS.keys(), fields - TOLD_TO_THE_PERSON.keys()) == (set(), set())
