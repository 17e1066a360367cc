"""`manage.py import_interactions` on a real database, as far as the inbox and through the workers."""

import gzip
import io
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from profiles.identity.canonical import DEFAULT_TYPES
from profiles.intake import files
from profiles.intake.files import Imported, import_file
from profiles.intake.observed import Observed
from profiles.intake.records import FileMapping
from profiles.intake.wire import read_batch
from profiles.models import (
    ConfigurationVersion,
    IdentifierType,
    Inbox,
    Interaction,
    Quarantine,
    Source,
    SourceMinute,
)
from profiles.pipeline import take_batches
from tests.unit.intake.reading import Source as Reading

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def channel(broker: object) -> Source:
    """A trusted source, and the types that a migration makes."""
    ConfigurationVersion.objects.get_or_create(id=1)
    if not IdentifierType.objects.exists():
        for row in DEFAULT_TYPES:
            IdentifierType.objects.create(**row | {"blocked": list(row["blocked"])})
    return Source.objects.create(name="till", channel="store", trust="server")


@pytest.fixture(autouse=True)
def no_notes() -> Iterator[None]:
    yield
    for note in notes():
        note.unlink()


def notes() -> list[Path]:
    return sorted((settings.DATA_DIR.path / "imports").glob("*"))


def run(path: Path, *words: str) -> str:
    out = io.StringIO()
    call_command("import_interactions", str(path), "--source", "till", *words, stdout=out)
    return out.getvalue()


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines_of(numbers: range) -> str:
    return "".join(
        json.dumps({"type": "track", "event": "Visit", "userId": f"u{number}", "timestamp": "2024-01-01T00:00:00Z"})
        + "\n"
        for number in numbers
    )


def waiting() -> list[Observed]:
    """What the workers will read."""
    found: list[Observed] = []
    for row in Inbox.objects.order_by("id"):
        events = list(
            read_batch(
                dialect=row.dialect,
                body=bytes(row.body),
                context=row.context,
                received_at=10**16,
                source=Reading(),
            )
        )
        assert len(events) == row.events
        found += [event for event in events if isinstance(event, Observed)]
    return found


def test_lines_wait_in_the_inbox_in_batches(tmp_path: Path) -> None:
    out = run(written(tmp_path, "visits.ndjson", lines_of(range(1200))))
    assert out == "1200 records read: 1200 accepted, 0 refused.\n"
    assert list(Inbox.objects.order_by("id").values_list("dialect", "events")) == [
        ("file", 500),
        ("file", 500),
        ("file", 200),
    ]
    assert [event.identifiers for event in waiting()] == [[("user_id", f"u{number}")] for number in range(1200)]


def test_a_gzip_is_told_by_its_content(tmp_path: Path) -> None:
    assert "3 accepted" in run(written(tmp_path, "visits.data", gzip.compress(lines_of(range(3)).encode())))


def test_rows_become_interactions_of_people(tmp_path: Path) -> None:
    table = written(
        tmp_path,
        "purchases.csv.gz",
        gzip.compress(b"Card;Mail;Total;When\nL-1;ann@example.org;12.50;2024-05-06T07:08:09Z\nL-2;;3;2024-05-07\n"),
    )
    mapping = written(
        tmp_path,
        "map.json",
        json.dumps({"Card": "loyalty_id", "Mail": ["identifier:email", "trait:email"], "Total": "property:revenue"}),
    )
    run(table, "--mapping", str(mapping), "When=timestamp", "--event", "Purchase", "--delimiter", ";")
    take_batches()
    rows = Interaction.objects.order_by("occurred_at").values_list("type", "event", "occurred_at", "dialect")
    assert [(kind, event, at.isoformat(), dialect) for kind, event, at, dialect in rows] == [
        ("track", "Purchase", "2024-05-06T07:08:09+00:00", "file"),
        ("track", "Purchase", "2024-05-07T00:00:00+00:00", "file"),
    ]


def test_a_file_imported_again_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "visits.ndjson", lines_of(range(20)) + "broken\n" + lines_of(range(20, 30)))
    for _ in range(2):
        assert "31 records read: 30 accepted, 1 refused." in run(path)
        while Inbox.objects.exists():
            take_batches()
    assert Interaction.objects.count() == 30
    assert Quarantine.objects.count() == 1


def test_a_longer_file_adds_what_is_new_in_it(tmp_path: Path) -> None:
    run(written(tmp_path, "visits.ndjson", lines_of(range(20))))
    run(written(tmp_path, "visits.ndjson", lines_of(range(25))))
    while Inbox.objects.exists():
        take_batches()
    assert Interaction.objects.count() == 25


def test_bad_lines_are_quarantined_with_their_reasons(tmp_path: Path, channel: Source) -> None:
    content = b'nope\n{"type":"track"}\n' + lines_of(range(2)).encode() + b'{"type":"x\x00"}\n\xff\xfe\n'
    out = run(written(tmp_path, "visits.ndjson", content))
    assert out.splitlines()[:2] == ["6 records read: 2 accepted, 4 refused.", "The refused ones are in quarantine:"]
    assert "  1 x The track event has no name; say in `event` what happened." in out
    assert list(Quarantine.objects.order_by("id").values_list("source_id", "dialect", "reason")) == [
        (channel.id, "file", "The JSON is broken."),
        (channel.id, "file", "The track event has no name; say in `event` what happened."),
        (channel.id, "file", "The JSON is broken."),
        (channel.id, "file", "The JSON is not UTF-8."),
    ]
    assert bytes(Quarantine.objects.order_by("id")[0].body) == b"nope"
    assert SourceMinute.objects.get().quarantined == 4


class Stopped(Exception):
    """The process dies here."""


def stop_after(commits: int) -> Any:
    def count(imported: Imported) -> None:
        if imported.records >= commits * 10:
            raise Stopped

    return count


def test_an_import_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, "visits.ndjson", lines_of(range(55)))
    form = files.FileForm(is_csv=False, mapping=FileMapping())
    source = files.find_source("till")
    arguments: dict[str, Any] = {"source": source, "form": form, "most": 10}

    def note() -> files.Notes:
        return files.Notes(settings.DATA_DIR.path / "imports", path, source, form)

    with pytest.raises(Stopped):
        import_file(path, notes=note(), progress=stop_after(3), **arguments)
    assert note().read() == 30
    again = import_file(path, notes=note(), **arguments)
    assert (again.skipped, again.records, again.accepted) == (30, 25, 25)
    assert [event.identifiers[0][1] for event in waiting()] == [f"u{number}" for number in range(55)]
    assert notes() == []


def test_a_note_counts_for_no_other_file_and_no_other_database(tmp_path: Path, channel: Source) -> None:
    path = written(tmp_path, "visits.ndjson", lines_of(range(5)))
    folder = settings.DATA_DIR.path / "imports"
    form = files.FileForm(is_csv=False, mapping=FileMapping())
    files.Notes(folder, path, files.find_source("till"), form).write(3)
    assert files.Notes(folder, path, files.find_source("till"), form).read() == 3
    as_csv = files.FileForm(is_csv=True, mapping=FileMapping())
    assert files.Notes(folder, path, files.find_source("till"), as_csv).read() == 0
    other = written(tmp_path, "other.ndjson", lines_of(range(6)))
    assert files.Notes(folder, other, files.find_source("till"), form).read() == 0
    channel.delete()
    Source.objects.create(name="till", channel="store", trust="server", created_at="2020-01-01T00:00:00Z")
    assert files.Notes(folder, path, files.find_source("till"), form).read() == 0


def test_restart_reads_from_the_start(tmp_path: Path) -> None:
    path = written(tmp_path, "visits.ndjson", lines_of(range(5)))
    form = files.FileForm(is_csv=False, mapping=FileMapping())
    files.Notes(settings.DATA_DIR.path / "imports", path, files.find_source("till"), form).write(3)
    assert "5 records read" in run(path, "--restart")


def test_a_damaged_gzip_keeps_what_could_be_read(tmp_path: Path) -> None:
    whole = gzip.compress(lines_of(range(5_000)).encode())
    path = written(tmp_path, "visits.ndjson.gz", whole[: len(whole) // 2])
    with pytest.raises(CommandError, match="damaged or ends too early"):
        run(path)
    kept = len(waiting())
    assert 0 < kept < 5_000
    path.write_bytes(whole)
    assert "5000 records read" in run(path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--mapping", "name=colour:red"), "is none of them"),
        (("--mapping", "no-such-file.json"), "neither a mapping file"),
        (("--mapping", "Mail=trait:email"), "no column 'Mail'"),
        (("--delimiter", "::"), "one character"),
        (("--delimiter", '"'), "no quote"),
        (("--batch", "0"), "1 to 2500"),
    ],
)
def test_a_wrong_word_stops_the_import_with_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    path = written(tmp_path, "people.csv", "user_id,name\nu1,Ann\n")
    with pytest.raises(CommandError, match=sentence):
        run(path, *words)
    assert not Inbox.objects.exists()


@pytest.mark.parametrize("content", ["nope", "[]", "5"])
def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError, match="is not"):
        run(written(tmp_path, "people.csv", "a\n1\n"), "--mapping", str(written(tmp_path, "map.json", content)))


def test_a_source_or_file_that_is_not_there_is_named(tmp_path: Path, channel: Source) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "nothing.csv")
    channel.name = "other"
    channel.save()
    with pytest.raises(CommandError, match="no enabled source"):
        run(written(tmp_path, "people.csv", "a\n1\n"))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(records: int) -> int:
        path = written(tmp_path, "visits.ndjson", lines_of(range(records)))
        tracemalloc.start()
        try:
            run(path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(200)
    # The lesser of two: what other threads of the process happen to take meanwhile is not the import's.
    assert min(peak(6000), peak(6001)) < peak(600) + 1_000_000


def test_an_import_waits_for_the_workers_and_not_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCHES_THAT_MAY_WAIT", 2)
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.3)
    waits: list[int] = []

    def sleep(_: float) -> None:
        waits.append(Inbox.objects.count())
        if len(waits) <= 2:
            take_batches()

    monkeypatch.setattr(time, "sleep", sleep)
    assert "90 accepted" in run(written(tmp_path, "visits.ndjson", lines_of(range(90))), "--batch", "10")
    assert waits[:2] == [2, 2]
    assert Inbox.objects.count() > 2
