"""The identifiers of a request are revealed to who handles it, of known people and others; it is logged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.desk import request_of, tell_of_ann
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

__all__ = ["default_types", "service", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
DESK = "/backoffice/privacy/"
NOBODY = ("email", "nobody@example.org")


def reveals() -> list[tuple[Any, str]]:
    return list(AccessLog.objects.filter(operation="staff.reveal").values_list("profile_id", "fields"))


def test_what_a_stranger_presented_is_revealed_for_ten_minutes_and_logged(service: Any, staff: Staff) -> None:
    made = request_of("access", identifier=NOBODY)
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False) as clock:
        officer = staff("privacy_officer")
        assert NOBODY[1] not in officer.get(f"{DESK}{made.id}/").content.decode()
        answer = officer.post(f"{DESK}{made.id}/reveal/", follow=True)
        assert NOBODY[1] in answer.content.decode()
        assert reveals() == [(None, "identifiers")]
        clock.shift(timedelta(minutes=10))
        assert NOBODY[1] not in officer.get(f"{DESK}{made.id}/").content.decode()


def test_one_request_that_is_revealed_reveals_no_other(service: Any, staff: Staff) -> None:
    officer = staff("privacy_officer")
    made, other = request_of("access", identifier=NOBODY), request_of("erasure", identifier=("email", "b@example.org"))
    officer.post(f"{DESK}{made.id}/reveal/")
    assert "b@example.org" not in officer.get(f"{DESK}{other.id}/").content.decode()
    assert NOBODY[1] not in staff("privacy_officer").get(f"{DESK}{made.id}/").content.decode(), "a colleague sees it"


def test_the_profile_of_somebody_known_is_revealed(shop: Source, staff: Staff) -> None:
    tell_of_ann(shop)
    officer, made = staff("privacy_officer"), request_of("access")
    page = officer.post(f"{DESK}{made.id}/reveal/", follow=True).content.decode()
    assert "ann@example.org" in page
    row = Identifier.objects.get(value="ann@example.org")
    assert [one for one, _fields in reveals()] == [Identifier.objects.get(id=row.root_id).profile_id]


@pytest.mark.parametrize("role", ["auditor", "steward", "analyst", "operator"])
def test_who_does_not_handle_requests_reveals_nothing(service: Any, staff: Staff, role: str) -> None:
    made = request_of("access", identifier=NOBODY)
    assert staff(role).post(f"{DESK}{made.id}/reveal/").status_code == 403
    assert reveals() == []


def test_a_request_that_there_is_not_reveals_nothing(service: Any, staff: Staff) -> None:
    assert staff("privacy_officer").post(f"{DESK}{uuid4()}/reveal/").status_code == 404
    assert reveals() == []
