"""The benchmarks' world is one that the workers could have made: figures that are taken over it are worth something."""

import pytest
from django.db import connection

from profiles.configuration import configuration
from profiles.identity.canonical import DEFAULT_TYPES
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Card, Identifier, IdentifierType, Quarantine, Source
from profiles.pipeline import take_batches
from tests.benchmarks.background import fill_inbox
from tests.benchmarks.people import Traffic, identifiers_of
from tests.benchmarks.world import load_people
from tests.properties.world import Types, empty_world

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 60


@pytest.fixture
def source() -> Source:
    """A source, in a world with the default types and these people."""
    empty_world(Types())
    for row in DEFAULT_TYPES:
        IdentifierType.objects.create(**row | {"blocked": list(row["blocked"])})
    source = Source.objects.get(name="server")
    assert configuration().types.keys() == {row["name"] for row in DEFAULT_TYPES}
    load_people(source.pk, 0, PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('identifier_id_seq', (SELECT max(id) FROM identifier))")
    return source


def test_what_is_loaded_is_what_the_workers_would_have_stored(source: Source) -> None:
    assert Card.objects.count() == PEOPLE
    assert Identifier.objects.count() == sum(len(identifiers_of(person)) for person in range(PEOPLE))
    assert rebuild_identity(check=True).differences == dict.fromkeys(
        ("clusters", "identifiers", "profiles", "facts", "links"), 0
    )


def test_the_workers_go_on_from_it_and_understand_every_event(source: Source) -> None:
    fill_inbox(source.pk, Traffic(PEOPLE, seed="test").bodies(300))
    while take_batches().batches:
        pass
    assert not Quarantine.objects.exists()
    assert Card.objects.count() > PEOPLE
    assert not any(rebuild_identity(check=True).differences.values())
