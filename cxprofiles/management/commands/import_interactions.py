"""`manage.py import_interactions`: a file of interactions into the inbox."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from profiles.configuration import SourceSettings
from profiles.intake.envelope import MAX_EVENTS
from profiles.intake.files import EVENTS_A_BATCH, FileForm, Imported, Notes, SourceMissing, find_source, import_file
from profiles.intake.records import BadFile, BadMapping, read_mapping

HELP = """
Import a file of interactions: NDJSON (one event in Segment's shape a line) or CSV with a header; gzip is recognised.

Columns are mapped to identifier:TYPE, trait:NAME, property:NAME, consent:PURPOSE, type, event, timestamp, message_id
or ignore, in a JSON file ({"Customer no.": "identifier:crm_id", "Mail": ["identifier:email", "trait:email"]}) or as
COLUMN=TARGET pairs; what a mapping does not name is left out. Without one, columns of a CSV file are known by these
names, and others are properties of rows that name an event and traits of those that do not.

A line without a message id gets one of its own text, so importing a file again, or the rest of it after an
interruption, changes nothing. Two lines that are the same are one interaction.
"""


class Command(BaseCommand):
    """Translates the command line, shows how far the import is, and says what came of it."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="the name of the source that the file is from")
        parser.add_argument("--format", choices=("ndjson", "csv"), help="by the file's name, if left out")
        parser.add_argument("--mapping", nargs="+", default=[], metavar="FILE.json|COLUMN=TARGET")
        parser.add_argument("--event", default="", help="what records are called that name no event of their own")
        parser.add_argument("--delimiter", help="what stands between the cells of CSV (a comma; in .tsv a tab)")
        parser.add_argument(
            "--batch", type=int, default=EVENTS_A_BATCH, help=f"events a commit (default {EVENTS_A_BATCH})"
        )
        parser.add_argument("--restart", action="store_true", help="read from the start, not from where it was left")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            imported = run(options["file"], form_of(options), options)
        except (BadFile, BadMapping, SourceMissing) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command goes on from here.") from None
        self.stdout.write("\n".join(summary(imported)))


def run(path: Path, form: FileForm, options: dict[str, Any]) -> Imported:
    """The import under a progress bar, which counts bytes: how many records there are is known only at the end."""
    from tasks.intake import ring

    source = find_source(options["source"])
    with Progress(*COLUMNS, console=Console(stderr=True)) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size, accepted=0, refused=0)

        def show(imported: Imported) -> None:
            bar.update(task, completed=imported.bytes_read, accepted=imported.accepted, refused=imported.refused)

        return import_file(
            path,
            source=source,
            form=form,
            notes=notes_for(path, source, form, restart=options["restart"]),
            most=options["batch"],
            after_commit=ring,
            progress=show,
        )


COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    DownloadColumn(),
    TransferSpeedColumn(),
    TimeRemainingColumn(),
    TextColumn("{task.fields[accepted]} accepted, {task.fields[refused]} refused"),
)


def form_of(options: dict[str, Any]) -> FileForm:
    """How the file is to be read, by the command line; raises BadMapping."""
    name = options["file"].name.lower().removesuffix(".gz")
    is_csv = options["format"] == "csv" or (options["format"] is None and name.endswith((".csv", ".tsv")))
    delimiter = options["delimiter"] or ("\t" if name.endswith(".tsv") else ",")
    if delimiter == r"\t":  # typed as two characters
        delimiter = "\t"
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise CommandError("The delimiter is one character, and no quote.")
    if not 1 <= options["batch"] <= MAX_EVENTS:
        raise CommandError(f"A commit holds 1 to {MAX_EVENTS} events.")
    return FileForm(is_csv, read_mapping(mapping_pairs(options["mapping"]), options["event"]), delimiter)


def mapping_pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    """The mapping on the command line, or in the files that it names, as pairs; raises BadMapping."""
    pairs: list[tuple[str, str]] = []
    for word in words:
        column, separator, target = word.rpartition("=")
        if separator:
            pairs.append((column, target))
        else:
            pairs += pairs_in(Path(word))
    return pairs


def pairs_in(path: Path) -> list[tuple[str, str]]:
    """The mapping in a JSON file; raises BadMapping."""
    try:
        mapping = json.loads(path.read_bytes())
    except OSError:
        raise BadMapping(f"{path} is neither a mapping file that can be read nor COLUMN=TARGET.") from None
    except ValueError:
        raise BadMapping(f"{path} is not JSON.") from None
    if not isinstance(mapping, dict):
        raise BadMapping(f"{path} is not a JSON object of columns and their targets.")
    return [
        (column, str(target))
        for column, targets in mapping.items()
        for target in (targets if isinstance(targets, list) else [targets])
    ]


def notes_for(path: Path, source: SourceSettings, form: FileForm, *, restart: bool) -> Notes | None:
    """Where it is noted how far the import came; None where there is no folder to note it in."""
    folder: Path = settings.DATA_DIR.path
    if not os.access(folder, os.W_OK):
        return None
    notes = Notes(folder / "imports", path, source, form)
    if restart:
        notes.forget()
    return notes


def summary(imported: Imported) -> list[str]:
    """What came of the import, in words."""
    lines = [f"{imported.records} records read: {imported.accepted} accepted, {imported.refused} refused."]
    if imported.skipped:
        lines.append(f"{imported.skipped} records before them were imported by an earlier run.")
    if imported.refused:
        lines.append("The refused ones are in quarantine:")
        lines += [f"  {count} x {reason}" for reason, count in imported.reasons.most_common()]
    return lines
