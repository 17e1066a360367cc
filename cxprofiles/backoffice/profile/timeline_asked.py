"""What a timeline is asked for: the filters and the place in the query string, which name nobody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.event_words import TYPE_NAMES
from cxprofiles.backoffice.screens import wrong_with
from profiles.intake.wire.findings import MAX_NAME
from profiles.journey.lanes import Days, midnight, within_reason
from profiles.journey.pages import Place, Sought, before_day
from profiles.timeline import BadCursor, decode_cursor

FILTERS = ("channel", "type", "event", "text", "from", "to", "identifier")
PLACES = ("earlier", "later", "day")


@dataclass(slots=True)
class Asked:
    """What was asked for, as far as it could be read. `wrong`: a field to the sentence that says what is wrong.

    `given`: the filters as they were typed; `first`, `last`: the days that it is bounded to.
    """

    given: dict[str, str]
    channel: str | None = None
    type: str | None = None
    event: str | None = None
    text: str | None = None
    first: date | None = None
    last: date | None = None
    identifier: int | None = None
    place: Place | None = None
    day: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def sought(self, zone: ZoneInfo) -> Sought:
        """As the timeline is read."""
        return Sought(
            channel=self.channel,
            event=self.event,
            text=self.text,
            type=self.type,
            since=midnight(self.first, zone) if self.first else None,
            until=midnight(self.last + timedelta(days=1), zone) if self.last else None,
        )

    def query(self, **changed: str) -> str:
        """The query string of these filters with some changed; an empty one is left out. Places are not kept."""
        kept = {name: value for name, value in {**self.given, **changed}.items() if value}
        return f"?{urlencode(kept)}" if kept else "?"

    def of_days(self, days: Days) -> str:
        """The query string of these filters for some days."""
        return self.query(**{"from": days.first.isoformat(), "to": days.last.isoformat()})


def read_asked(query: QueryDict, identifiers: Collection[int], zone: ZoneInfo) -> Asked:
    """What a query string asks for. `identifiers`: those of the profile, by their row's id."""
    texts = {name: query.get(name, "").strip() for name in (*FILTERS, *PLACES)}
    wrong = {name: sentence for name, text in texts.items() if (sentence := wrong_with(text, MAX_NAME))}
    texts = {name: "" if name in wrong else text for name, text in texts.items()}
    asked = Asked(given={name: texts[name] for name in FILTERS if texts[name]}, day=texts["day"], wrong=wrong)
    asked.channel = _one_of(asked, "channel", CHANNELS, _("There is no channel of this name."))
    asked.type = _one_of(asked, "type", TYPE_NAMES, _("There is no type of this name."))
    asked.event, asked.text = texts["event"] or None, texts["text"] or None
    asked.first, asked.last = _day(asked, "from", texts), _day(asked, "to", texts)
    if asked.first and asked.last and asked.first > asked.last:
        asked.wrong["to"] = _("The last day lies before the first.")
    number = _one_of(
        asked, "identifier", {str(one): "" for one in identifiers}, _("This profile has no such identifier.")
    )
    asked.identifier = None if number is None else int(number)
    _read_place(asked, texts, zone)
    return asked


def _one_of(asked: Asked, name: str, known: Mapping[str, object], sentence: str) -> str | None:
    text = asked.given.get(name)
    if text is None or text in known:
        return text
    asked.wrong[name] = sentence
    del asked.given[name]
    return None


def _day(asked: Asked, name: str, texts: Mapping[str, str]) -> date | None:
    if not texts[name]:
        return None
    try:
        day = date.fromisoformat(texts[name])
    except ValueError:
        asked.given.pop(name, None)
        asked.wrong[name] = _("This is no day. Write it as 2026-01-31.")
        return None
    return within_reason(day)


def _read_place(asked: Asked, texts: Mapping[str, str], zone: ZoneInfo) -> None:
    """Where the page begins: behind a cursor, or at the end of a day."""
    name = next((name for name in PLACES if texts[name]), None)
    if name == "day":
        day = _day(asked, "day", texts)
        asked.place = None if day is None else before_day(midnight(day + timedelta(days=1), zone))
    elif name is not None:
        try:
            asked.place = Place(decode_cursor(texts[name]), later=name == "later")
        except BadCursor:
            asked.wrong["page"] = _("This page of the timeline is not there. Begin with the newest.")
