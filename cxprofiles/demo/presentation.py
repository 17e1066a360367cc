"""How the demonstration looks on a terminal: calm, 80 columns wide, readable without colours and without a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cxprofiles.demo import cast
from cxprofiles.demo.acts import Counted, Delivery, Json, Late, Meeting, Recognition, Stage, Undone
from cxprofiles.demo.deciding import Apart, Consent
from cxprofiles.demo.leaving import Left
from cxprofiles.demo.records import Agreement
from cxprofiles.demo.story import GUESTS
from cxprofiles.demo.waiting import Waiting

WIDTH = 80


def make_console() -> Console:
    """The terminal, no wider than is good to read; a pipe or a file gets the same in plain text."""
    console = Console(highlight=False)
    console.width = min(console.width, WIDTH)
    return console


class Screen:
    """What is printed, and the bar below it that tells how far everything has come."""

    def __init__(self, console: Console, weights: dict[str, float]) -> None:
        self.console = console
        self._weights = weights
        self._done = 0.0
        columns = (TextColumn("[dim]{task.description}"), BarColumn(None), TimeElapsedColumn())
        self._progress = Progress(
            *columns, console=console, transient=True, expand=True, disable=not console.is_terminal
        )
        self._task = self._progress.add_task("", total=sum(weights.values()))

    @contextmanager
    def running(self) -> Iterator[None]:
        """The bar is shown meanwhile."""
        with self._progress:
            yield

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """One of the steps that were announced; call what it gives with how far the step has come, from 0 to 1."""
        began = time.perf_counter()
        weight = self._weights[name]
        self._progress.update(self._task, description=name, completed=self._done)

        def advance(part: float) -> None:
            self._progress.update(self._task, completed=self._done + weight * min(max(part, 0.0), 1.0))

        yield advance
        self._done += weight
        self._progress.update(self._task, completed=self._done)
        self.console.print(
            Text.assemble(("✓ ", "green"), name, (f"  {time.perf_counter() - began:.1f} s", "dim")), soft_wrap=True
        )

    def show(self, *parts: RenderableType) -> None:
        """Print a section."""
        self.console.print(Group(*parts))


def heading(title: str) -> RenderableType:
    """The title of a section."""
    return Text(f"\n{title}", style="bold")


def said(text: str) -> RenderableType:
    """A paragraph of our own."""
    return indented(Text(text))


def quoted(text: str) -> RenderableType:
    """A paragraph in the words of the service."""
    return indented(Text(text, style="cyan"), by=4)


def indented(what: RenderableType, by: int = 2) -> RenderableType:
    """Something a little to the right, without the spaces that would fill the line behind it."""
    return Padding(what, (0, 0, 0, by), expand=False)


def facts(*rows: tuple[str, str]) -> RenderableType:
    """Names and values, one a line."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return indented(table)


def columns(*titles: str) -> Table:
    """A table without lines."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title)
    return table


def show_welcome(screen: Screen, folder: str, again: bool) -> None:
    """What is about to happen."""
    screen.show(
        Text("cxprofiles", style="bold"),
        said(
            "A shop with five channels and the customer records of three systems, told to a real service "
            "by the client that Segment publishes. Nobody in it is real."
        ),
        said(f"Everything is kept in {folder}; delete it to begin anew."),
        *([said("The story was told here before: it is delivered again, and must change nothing.")] if again else []),
        Text(""),
    )


def show_counts(screen: Screen, delivery: Delivery, identifiers: int, before: Counted, after: Counted) -> None:
    """Events in, profiles out."""
    twice = delivery.events - delivery.distinct
    a_second = delivery.events / delivery.seconds
    screen.show(
        heading("Events in, profiles out"),
        facts(
            ("events posted", f"{delivery.events:,} in any order, {twice:,} of them for the second time"),
            ("came to", counted_in_words(delivery, before, after)),
            ("identifiers", f"{identifiers:,} named by the channels, placeholders among them"),
            ("profiles", f"{after.profiles:,}: {after.known:,} known, {after.profiles - after.known:,} anonymous"),
            ("took", f"{delivery.seconds:.1f} s: {a_second:,.0f} events a second, as fast as the clients post"),
            ("the last one", f"was part of a profile {delivery.behind:.1f} s after it was acknowledged"),
        ),
    )


def counted_in_words(delivery: Delivery, before: Counted, after: Counted) -> str:
    """How many interactions the profiles gained, and whether that is what it must be."""
    new = after.interactions - before.interactions
    if before.interactions:
        return f"{new:,} new interactions: what was delivered before changes nothing"
    expected = delivery.distinct - GUESTS
    wrong = "" if new == expected else f" ({expected:,} were expected: this must not be)"
    return f"{new:,} interactions, each once{wrong}; {GUESTS} guests' receipts name nobody"


def show_late(screen: Screen, late: Late) -> None:
    """The event that came last and happened long before."""
    screen.show(
        heading("A till that was offline sent its receipt last"),
        said(
            f"It happened on {day(late.occurred_at)} and arrived on {day(late.received_at)}: on Ellie O'Hare's "
            f"timeline it is number {late.place} of {late.interactions} from the oldest. It said that she lives in "
            f"{late.said}; her city is still {late.city['value']}, as {late.city['source']} said later."
        ),
    )


def show_meeting(screen: Screen, meeting: Meeting) -> None:
    """One person's story."""
    table = columns("channel", "what happens", "what the service says")
    table.add_row("web", "a new browser, two articles", in_short(meeting.before))
    table.add_row("web", "a log-in, a failed payment", Text("200: committed", style="dim"))
    table.add_row("call centre", "the telephone rings", in_short(meeting.after))
    counters = meeting.profile["counters"]
    channels = ", ".join(f"{name} {number}" for name, number in counters["interactions_by_channel"].items())
    types = [item["type"] for item in meeting.profile["identifiers"]]
    named = ", ".join(f"{types.count(name)} {name}" for name in dict.fromkeys(types))
    newest = meeting.after["recent"][0]
    screen.show(
        heading("From a browser nobody knew to a name on the telephone"),
        indented(table),
        indented(
            Text.assemble(
                f"The agent sees “{newest['event']}” ({newest['channel']}) ",
                (f"{meeting.milliseconds:.0f} ms", "bold green"),
                " after the web shop was told that the event is kept.",
            )
        ),
        facts(
            ("identifiers", named),
            ("interactions", f"{counters['interactions']}: {channels}"),
            ("revenue", ", ".join(f"{amount:,.2f} {code}" for code, amount in counters["revenue_by_currency"].items())),
            ("first seen", day(meeting.profile["first_seen"])),
        ),
        said("Why is the caller the one who browsed?"),
        quoted(meeting.in_words),
    )


def show_recognitions(screen: Screen, recognitions: list[Recognition], in_words: str) -> None:
    """Who is recognised where, and why one of them is."""
    table = columns("where", "what is presented", "answer")
    for item in recognitions:
        table.add_row(item.where, item.presented, in_short(item.answer))
    screen.show(
        heading("Recognised where, and how surely"),
        indented(table),
        said("How does the card lead to George's record in the first of the three systems?"),
        quoted(in_words),
    )


def show_refusals(screen: Screen, refusals: list[tuple[str, str]]) -> None:
    """Links that were seen and not believed."""
    screen.show(heading("Wrong links, seen and refused"))
    for situation, words in refusals:
        screen.show(said(situation), quoted(words))


def show_undone(screen: Screen, undone: Undone) -> None:
    """A merge and its end."""
    names = ("by his telephone", "by his e-mail")
    table = columns("profile · identifiers", "before", "same person", "taken back")
    for name, before, after in zip(names, undone.before, undone.after, strict=True):
        table.add_row(name, in_brief(before), in_brief(undone.merged), in_brief(after))
    digests = [(name, f"{old} → {new}") for name, (old, new) in zip(names, undone.digests, strict=True)]
    verdict = "Both profiles are what they were, to the byte, and have their old ids back."
    screen.show(
        heading("Two profiles of Bob Smith: merged by a steward's decision, and undone"),
        indented(table),
        said("SHA-256 of each profile, before the merge and after it was undone:"),
        facts(*digests),
        said(verdict) if undone.identical else Text("  The profiles differ: this must not be.", style="bold red"),
    )


def show_consent(screen: Screen, consent: Consent) -> None:
    """What needs consent, without it and with it."""
    screen.show(
        heading("Personalisation: consent decides at every single use"),
        facts(
            ("before", with_reason(consent.before)),
            ("she agrees", with_reason(consent.granted)),
            ("her receipt", consent.receipt),
            (
                "her browser refuses",
                f"{with_reason(consent.withdrawn)} ({consent.withdrawn_milliseconds:.0f} ms later)",
            ),
        ),
        quoted(consent.in_words),
    )


def show_apart(screen: Screen, apart: Apart) -> None:
    """Somebody who does not want to be put together."""
    verdict = "to the byte what it was" if apart.identical else "not what it was: this must not be"
    screen.show(
        heading("Unification: people may refuse to be put together"),
        facts(
            ("before", f"one profile of {len(apart.before['identifiers'])} identifiers"),
            ("he refuses", f"it falls apart into {apart.profiles}"),
            ("he allows it again", f"one profile, {verdict}"),
        ),
    )


def show_left(screen: Screen, left: Left) -> None:
    """Somebody's rights, carried out."""
    groups = {group["group"]: group["identifiers"] for group in left.planned["groups"] if group["identifiers"]}
    stores = len(left.erased["stores"])
    forgotten = left.after["status"] == left.late["status"] == "unknown"
    screen.show(
        heading("Frieda looks, corrects, and wants to be forgotten"),
        facts(
            ("what is hers", ", ".join(f"{count} {group.replace('_', ' ')}" for group, count in groups.items())),
            ("she corrects her city", f"{left.corrected['value']}, whatever the app says later"),
            ("a copy of everything", f"{left.package['state']}; fetched once, by a link that ends"),
            ("the till before", in_short(left.before)),
            ("she is forgotten", f"{left.erased['state']} after {left.seconds:.1f} s: {stores} stores answered"),
            ("the till after", in_short(left.after)),
            ("an event of yesterday", f"comes late: {in_short(left.late)}; dropped so far: {left.dropped}"),
        ),
        said("She is forgotten, and stays so; her certificate proves it against the public audit log.")
        if forgotten
        else Text("  She is still known: this must not be.", style="bold red"),
    )


def show_waiting(screen: Screen, waiting: Waiting) -> None:
    """What staff find in the back office."""
    screen.show(
        heading("Left for whoever opens the back office"),
        facts(
            ("privacy desk", f"{waiting.requests} requests are open, and a refusal is appealed against"),
            ("sources", f"{waiting.events} events of the call centre's new release: nobody understands them"),
            ("work list", "what the rules could not settle; it is looked for each minute"),
        ),
    )


def show_agreement(screen: Screen, records: int, alone: Agreement | None, now: Agreement) -> None:
    """The records of the three systems compared with the truth."""
    table = columns("", "profiles", "pairs right", "wrong", "missed", "precision", "recall")
    rows = [("records and channels", now)]
    if alone is not None:
        rows.insert(0, ("records alone", alone))
    for name, found in rows:
        table.add_row(
            name,
            str(found.profiles),
            str(found.right),
            str(found.wrong),
            str(found.missed),
            f"{found.precision:.2f}",
            f"{found.recall:.2f}",
        )
    screen.show(
        heading(f"Three systems' {records} records of {now.people} people and companies, against the truth"),
        indented(table),
        said(
            "Only exact identifiers tie records in this release: what shares no e-mail, telephone or document number "
            "stays apart (missed). Matching by name, birthday and address comes later."
        ),
    )


def show_addresses(screen: Screen, stage: Stage, certificate: str) -> None:
    """Where to look next."""
    url, token = stage.api.url, stage.api.token
    phone = stage.profile(("user_id", cast.ELLIE.user_id))["traits"]["phone"]["value"]
    body = (
        f'{{"identifiers": [{{"type": "phone", "value": "{phone}"}}],\n'
        '       "purpose": "service", "channel": "callcentre"}'
    )
    curl = (
        f"curl -s {url}/v1/recognise \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )
    screen.show(
        heading("Look around"),
        facts(
            ("the back office", f"{url}/backoffice/"),
            ("… sign in as", f"{stage.keys.staff}, with the password {stage.keys.staff_password}"),
            ("… and find Ellie", phone),
            ("the API, to try out", f"{url}/v1/docs"),
            ("OpenAPI", f"{url}/v1/openapi.json"),
            ("status", f"{url}/v1/status"),
            ("metrics", f"{url}/metrics"),
            ("ready?", f"{url}/readyz"),
            ("consumers' own pages", f"{url}/privacy/"),
            ("a token for all of it", token),
        ),
        said("Recognise Ellie O'Hare by her telephone:"),
        Text(""),
    )
    screen.console.print(Text(curl), soft_wrap=True)
    screen.show(said("The certificate of Frieda's erasure, as she would open it:"), Text(""))
    screen.console.print(Text(certificate), soft_wrap=True)


def show_staying(screen: Screen) -> None:
    """How to end."""
    screen.show(Text(""), Text("The service stays up. Press Ctrl-C to stop it.", style="bold"))


def show_end(screen: Screen) -> None:
    """The end."""
    screen.show(Text("Stopped: every process has ended. Run it again, and it goes on from here."))


def in_short(answer: Json) -> str:
    """An answer of recognition in a few words."""
    status = answer["status"]
    if answer["assurance"] is None:
        return str(status)
    name = full_name(answer["traits"]) or ("traits withheld" if answer["decision"]["withheld"] else "no name")
    return f"{status}, {answer['assurance']}: {name}"


def full_name(traits: dict[str, Any]) -> str:
    """The name that traits have, whatever they call it."""
    parts = [str(traits[name]) for name in ("first_name", "last_name") if traits.get(name)]
    return " ".join(parts) or str(traits.get("name") or "")


def with_reason(answer: Json) -> str:
    """An answer and the reason for it, as the service gives it."""
    return f"{in_short(answer)}. {answer['decision']['reason']}"


def in_brief(profile: Json) -> str:
    """A profile in one cell: the end of its id, and how many identifiers it has."""
    return f"…{profile['canonical_id'][-6:]} · {len(profile['identifiers'])}"


def day(instant: str) -> str:
    """The day of an instant."""
    return f"{datetime.fromisoformat(instant):%-d %B %Y}"
