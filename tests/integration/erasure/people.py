"""Two people of whom everything is stored that can be, with values that occur nowhere else."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from consent.access import Access, record_access
from consent.proofs import open_proof
from consent.visits import Proved, open_visit
from profiles.models import Identifier, Quarantine, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import decision, tell_consents


def made_up(stem: str) -> str:
    """A value that nothing else holds."""
    return f"{stem}{secrets.token_hex(5)}"


@dataclass
class Person:
    """The person's identifiers and the values that are known of them."""

    account: str = field(default_factory=lambda: made_up("acc-"))
    mail: str = field(default_factory=lambda: made_up("zoë.") + "@mail.org")
    device: str = field(default_factory=lambda: made_up("dev-"))
    city: str = field(default_factory=lambda: made_up("Übersee-"))
    bought: str = field(default_factory=lambda: made_up("Lamp-"))
    note: str = field(default_factory=lambda: made_up("note-"))

    @property
    def needles(self) -> list[str]:
        """What must not be found of them."""
        return [self.account, self.mail, self.device, self.city, self.bought, self.note]

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        return [("user_id", self.account), ("email", self.mail), ("anonymous_id", self.device)]

    def names(self, **members: Any) -> dict[str, Any]:
        """Members of an event that is theirs."""
        return {"userId": self.account, "anonymousId": self.device, **members}


def live(person: Person, shop: Source, service: Caller) -> None:
    """Let somebody do all that leaves something behind."""
    tell(
        shop,
        event(anonymousId=person.device, name="Page Seen", properties={"title": person.note}),
        {
            **event(1, **person.names(traits={"email": person.mail, "city": person.city})),
            "type": "identify",
        },
        event(2, name="Order Completed", **person.names(properties={"product": person.bought, "revenue": 12})),
        {**event(name="Booked", **person.names()), "timestamp": "2099-01-01T00:00:00Z"},
        event(3, **person.names(context={"consent": {"categoryPreferences": {"unification": False}}})),
    )
    tell_consents(service, decision("analytics"), by={"type": "email", "value": person.mail})
    tell_consents(service, decision("analytics", "denied"), by={"type": "user_id", "value": person.account})
    quarantine(person, shop)
    open_proof(identifier=("email", person.mail), language="en")
    open_visit(Proved("email", person.mail, "code"))
    look_at(person)


def quarantine(person: Person, shop: Source) -> None:
    """An event of theirs that could not be understood."""
    Quarantine.objects.create(
        source=shop,
        received_at="2026-01-01T00:00:00Z",
        dialect="segment",
        body=f'{{"userId": "{person.account}", "type": "odd"}}'.encode(),
        reason="It is odd.",
    )


def look_at(person: Person) -> UUID:
    """Somebody reads their profile."""
    row = Identifier.objects.get(value=person.account)
    access = Access(uuid4(), datetime.now(UTC), "token:test", "recognise", row.profile_id, "service", allowed=True)
    record_access(access)
    return access.id
