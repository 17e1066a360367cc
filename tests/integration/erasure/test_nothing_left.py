"""After an erasure nothing of the person is found anywhere; of others it is (or the search would prove nothing)."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from consent.models import AccessLog, SuppressionEntry
from consent.pseudonyms import pseudonym
from cxprofiles.remnants import purge_remnants
from profiles.models import Source
from profiles.privacy.erasing import erase
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.erasures import erasure_of
from tests.integration.erasure.people import Person, live
from tests.integration.erasure.searching import all_of_broker, dump_of_database, files_of, found_in

pytestmark = pytest.mark.usefixtures("deployed")

DATABASES = ("postgres", "valkey")  # their own files; what is in them is dumped


@pytest.fixture
def shop() -> Source:
    return make_source()


@pytest.fixture
def ann(shop: Source) -> Person:
    person = Person()
    live(person, shop, Caller())
    return person


@pytest.fixture
def ben(shop: Source, ann: Person) -> Person:
    """Another person, who wrote about Ann."""
    person = Person()
    live(person, shop, Caller())
    friend = {"title": f"To {ann.mail.upper()}", "friend": ann.mail, "by": {ann.account: 1}}
    tell(shop, event(7, name="Invited", **person.names(context={"externalIds": [{"id": ann.mail, "type": "email"}]})))
    tell(shop, event(8, name="Wrote", properties=friend, **person.names(traits={"email": ann.mail})))
    return person


def test_no_byte_of_the_person_is_left(ann: Person, ben: Person, broker: object) -> None:
    everywhere = dump_of_database()
    assert found_in(everywhere, [*ann.needles, *ben.needles]) == {*ann.needles, *ben.needles}
    outcome = erase(erasure_of(*ann.identifiers))
    dump = dump_of_database()
    assert found_in(dump, [*ann.needles, *ben.needles]) == set(ben.needles)
    assert found_in(all_of_broker(), ann.needles) == set()
    assert found_in(files_of(Path(settings.DATA_DIR.path), without=DATABASES), ann.needles) == set()
    digests = {bytes(one) for one in SuppressionEntry.objects.values_list("digest", flat=True)}
    assert {pseudonym(*one).digest for one in ann.identifiers} == digests
    assert not outcome.gaps


def test_what_was_read_of_the_person_is_still_counted(ann: Person) -> None:
    reads = AccessLog.objects.count()
    erase(erasure_of(*ann.identifiers))
    assert AccessLog.objects.count() == reads
    assert not AccessLog.objects.exclude(profile_id=None).exists()


@pytest.mark.slow
def test_the_database_s_own_files_hold_nothing_either_once_remnants_are_purged(ann: Person, ben: Person) -> None:
    erase(erasure_of(*ann.identifiers))
    assert [done for done in purge_remnants() if done.problem] == []
    raw = files_of(Path(settings.DATA_DIR.path))
    told = {needle for needle in [*ann.needles, *ben.needles] if needle.encode() in raw}
    assert told & set(ann.needles) == set()
    assert told & set(ben.needles)


def test_the_command_says_what_it_did() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "purge_remnants", "--help"], check=True, capture_output=True, text=True
    )
    assert "dead rows" in done.stdout
