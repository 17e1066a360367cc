"""Worlds in which the rules leave something open, told through the pipeline."""

from typing import Any

from django.contrib.auth.models import User

from profiles.models import Identifier, ReviewCase, Source
from profiles.review.finding import find_cases
from tests.factories.channels import event, make_source, tell

ANN, BEN = "staff:1", "staff:2"  # members of staff


def two_accounts(source: Source, *, people: int = 1, start: int = 0) -> None:
    """People who each used two accounts with one mail address: the limit of one account keeps them apart."""
    for number in range(start, start + people):
        mail = {"email": f"p{number}@example.org", "firstName": "Ann"}
        tell(
            source,
            event(0, userId=f"u-{number}-1", context={"traits": mail}),
            event(1, userId=f"u-{number}-2", context={"traits": mail}),
        )


def crowd_on_a_mailbox(source: Source, people: int, *, mail: str = "office@example.org") -> None:
    """Several accounts that one mail address is seen with."""
    for number in range(people):
        tell(source, event(number, userId=f"{mail}-{number}", context={"traits": {"email": mail}}))


def id_of(type_name: str, value: str) -> int:
    """The number of a stored identifier."""
    return int(Identifier.objects.get(type__name=type_name, value=value).id)


def root_of(type_name: str, value: str) -> int:
    """The profile that an identifier is in, by its root."""
    return int(Identifier.objects.get(type__name=type_name, value=value).root_id)


def partition() -> dict[int, int]:
    """Which profile each identifier is in."""
    return dict(Identifier.objects.values_list("id", "root_id"))


def cases(kind: str, state: str = "open") -> list[ReviewCase]:
    """The cases of a kind in a state, after a search."""
    find_cases()
    return list(ReviewCase.objects.filter(kind=kind, state=state).order_by("key"))


def only_case(kind: str, state: str = "open") -> ReviewCase:
    """The one case of a kind."""
    [found] = cases(kind, state)
    return found


def make_shop(**fields: Any) -> Source:
    """A trusted source."""
    return make_source(**fields)


def member(name: str) -> User:
    """A member of staff."""
    return User.objects.create_user(name, is_staff=True)
