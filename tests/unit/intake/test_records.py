import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.intake.envelope import MAX_EVENT
from profiles.intake.observed import Observed
from profiles.intake.records import (
    LONGEST_LINE,
    BadFile,
    BadMapping,
    FileMapping,
    Record,
    bounded_lines,
    read_lines,
    read_mapping,
    read_rows,
)
from tests.unit.intake.reading import read_one

BY_NAME = FileMapping()


def lines(text: str | bytes, mapping: FileMapping = BY_NAME) -> list[Record]:
    return list(read_lines(io.BytesIO(text.encode() if isinstance(text, str) else text), mapping))


def rows(text: str | bytes, mapping: FileMapping = BY_NAME, delimiter: str = ",") -> list[Record]:
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return list(read_rows(stream, mapping, delimiter))


def event(record: Record) -> dict[str, Any]:
    assert record.reason == ""
    value: dict[str, Any] = json.loads(record.event)
    return value


def observed(record: Record) -> Observed:
    return read_one(event(record), dialect="file")


# Lines of JSON


def test_lines_are_events_as_they_stand() -> None:
    (first, second) = lines('{"type":"page","messageId":"m1"}\n\n  {"type":"track","event":"E","messageId":7}')
    assert [first.number, second.number] == [1, 2]
    assert first.event == b'{"type":"page","messageId":"m1"}'
    assert observed(second).message_id == "7"


def test_a_line_without_a_message_id_gets_one_of_its_text() -> None:
    first, again, other = lines('{"type":"page"}\n {"type":"page"} \n{"type":"page","name":"x"}')
    assert event(first)["messageId"] == event(again)["messageId"] != event(other)["messageId"]
    assert event(first)["messageId"].startswith("line:")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nope", "The JSON is broken."),
        (b'{"type":"page"', "The JSON is broken."),
        (b"[]", "The event is not a JSON object."),
        (b'"text"', "The event is not a JSON object."),
        (b'{"a":"\xff"}', "The JSON is not UTF-8."),
        (b"[" * 200 + b"]" * 200, "The JSON is nested more than 100 levels deep."),
        (b'{"a":"' + b"x" * MAX_EVENT + b'"}', f"The event is larger than {MAX_EVENT} bytes; send less in it."),
    ],
)
def test_a_bad_line_says_why_and_the_next_is_read(line: bytes, reason: str) -> None:
    bad, good = lines(line + b'\n{"type":"page"}\n')
    assert (bad.raw, bad.event, bad.reason) == (line, b"", reason)
    assert event(good)["type"] == "page"


def test_a_byte_order_mark_and_odd_values_are_passed_over() -> None:
    (record,) = lines(b'\xef\xbb\xbf{"type":"page","messageId":"m","properties":{"n":NaN,"s":"\\u0000\\ud800"}}')
    assert event(record)["properties"] == {"n": None, "s": "\ufffd"}


def test_objects_of_any_shape_are_read_under_a_mapping() -> None:
    mapping = read_mapping(
        [("customer.no", "identifier:crm_id"), ("mail", "trait:email"), ("total", "property:revenue")], "Purchase"
    )
    (record,) = lines('{"customer":{"no":17},"mail":"a@x.org","total":12.5,"secret":"s"}', mapping)
    assert event(record) == {
        "type": "track",
        "event": "Purchase",
        "messageId": event(record)["messageId"],
        "properties": {"revenue": 12.5},
        "context": {"traits": {"email": "a@x.org"}, "externalIds": [{"type": "crm_id", "id": 17}]},
    }
    assert observed(record).identifiers == [("email", "a@x.org"), ("crm_id", "17")]


def test_lines_that_name_no_event_may_be_given_a_name() -> None:
    mapping = read_mapping([], "Store visit")
    bare, named, identify = lines('{"userId":"u"}\n{"type":"track","event":"E"}\n{"type":"identify"}', mapping)
    assert (event(bare)["type"], event(bare)["event"]) == ("track", "Store visit")
    assert event(named)["event"] == "E"
    assert "event" not in event(identify)


# Rows of CSV


def test_columns_are_known_by_their_names() -> None:
    (record,) = rows("user_id,email,phone,first_name,timestamp\nu1,a@x.org,+1,Ann,2024-01-01\n")
    read = observed(record)
    assert (read.type, read.traits) == ("identify", {"email": "a@x.org", "phone": "+1", "first_name": "Ann"})
    assert set(read.identifiers) == {("user_id", "u1"), ("email", "a@x.org"), ("phone", "+1")}
    assert event(record)["timestamp"] == "2024-01-01"


def test_a_row_that_names_an_event_has_properties() -> None:
    (record,) = rows("loyalty_id,event,revenue,message_id\nL1,Purchase,12.5,m1\n")
    read = observed(record)
    assert (read.type, read.event, str(read.revenue), read.traits) == ("track", "Purchase", "12.5", {})
    assert (read.identifiers, read.message_id) == ([("loyalty_id", "L1")], "m1")


def test_a_mapping_takes_what_it_names_and_leaves_the_rest() -> None:
    mapping = read_mapping(
        [
            ("No.", "crm_id"),
            ("Mail", "identifier:email"),
            ("Mail", "trait:email"),
            ("Alt", "identifier:user_id"),
            ("Main", "identifier:user_id"),
            ("Device", "anonymous_id"),
            ("Newsletter", "consent:marketing.email"),
            ("Calls", "consent:marketing.phone"),
            ("Odd", "consent:analytics"),
            ("When", "timestamp"),
            ("Kind", "type"),
            ("Notes", "ignore"),
        ]
    )
    header = "No.,Mail,Alt,Main,Device,Newsletter,Calls,Odd,When,Kind,Notes,Secret"
    (record,) = rows(f"{header}\n17,a@x.org,u1,u2,d1,Yes,0,maybe,2024-01-01,identify,n,s\n", mapping)
    read = observed(record)
    assert set(read.identifiers) == {
        ("crm_id", "17"),
        ("email", "a@x.org"),
        ("user_id", "u1"),
        ("user_id", "u2"),
        ("anonymous_id", "d1"),
    }
    assert read.traits == {"email": "a@x.org"}
    assert read.consent == {"marketing.email": True, "marketing.phone": False}
    assert read.warnings == ["Consent preferences that are neither true nor false were left out."]
    assert b"Secret" not in record.event
    assert b"Notes" not in record.event


def test_an_empty_cell_says_nothing_and_an_empty_row_is_none() -> None:
    (record,) = rows("user_id,email,name\n,,\nu1,,\n,,\n\n")
    assert (record.number, observed(record).identifiers, observed(record).traits) == (1, [("user_id", "u1")], {})


def test_cells_may_hold_what_csv_quotes() -> None:
    (record,) = rows('user_id,name,note\r\nu1,"Lee, ""Ann""","two\nlines"\r\n')
    assert observed(record).traits == {"name": 'Lee, "Ann"', "note": "two\nlines"}


def test_another_delimiter_and_a_byte_order_mark() -> None:
    (record,) = rows(b"\xef\xbb\xbfuser_id;name\nu1;Zo\xc3\xab\n", delimiter=";")
    assert (observed(record).identifiers, observed(record).traits) == ([("user_id", "u1")], {"name": "Zoë"})


def test_a_row_has_the_same_id_under_any_mapping_but_not_under_other_columns() -> None:
    text = "user_id,name\nu1,Ann\n"
    (by_name,) = rows(text)
    (mapped,) = rows(text, read_mapping([("name", "trait:first_name")]))
    (other,) = rows("user_id,city\nu1,Ann\n")
    assert event(by_name)["messageId"] == event(mapped)["messageId"] != event(other)["messageId"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"u1", "The row does not have as many cells as the header has names."),
        (b"u1,Ann,more", "The row does not have as many cells as the header has names."),
        (b"u1,Zo\xeb", "The row is not UTF-8; encode the file in UTF-8."),
        (b'u1,"' + b"x" * 40_000 + b'"', f"The event is larger than {MAX_EVENT} bytes; send less in it."),
        (b"u1," + b"x" * 10 * LONGEST_LINE, f"The event is larger than {MAX_EVENT} bytes; send less in it."),
    ],
)
def test_a_bad_row_says_why_and_the_next_is_read(row: bytes, reason: str) -> None:
    bad, good = rows(b"user_id,name\n" + row + b"\nu2,Bob\n")
    assert (bad.event, bad.reason) == (b"", reason)
    assert observed(good).identifiers == [("user_id", "u2")]


def test_a_quote_that_never_ends_costs_the_rows_in_it_and_no_more() -> None:
    records = rows(b'user_id,name\nu1,"open\n' + b"x,y\n" * 40_000 + b"u2,Bob\n")
    assert records[0].reason == "The row cannot be taken apart; a quote may be missing."
    assert observed(records[-1]).identifiers == [("user_id", "u2")]


def test_a_file_without_columns_is_refused() -> None:
    for text in ("", "\n"):
        with pytest.raises(BadFile, match="no header"):
            rows(text)
    with pytest.raises(BadFile, match="same name"):
        rows("a,a\n1,2\n")


def test_a_mapping_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadMapping, match="no column 'Mail'; it has user_id, mail"):
        rows("user_id,mail\nu1,a@x.org\n", read_mapping([("Mail", "trait:email")]))


@pytest.mark.parametrize("target", ["", "nothing", "trait:", "identifier", "elsewhere:x", "colour:red"])
def test_a_target_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(BadMapping, match="is none of them"):
        read_mapping([("column", target)])


# Lines


def test_of_a_line_without_end_only_the_beginning_is_held() -> None:
    stream = io.BytesIO(
        b"a" * 5 * LONGEST_LINE + b"\nshort\n" + b"b" * LONGEST_LINE + b"\n" + b"c" * (LONGEST_LINE - 1) + b"\nend"
    )
    assert [(line[:1], len(line)) for line in bounded_lines(stream)] == [
        (b"a", LONGEST_LINE),
        (b"s", 6),
        (b"b", LONGEST_LINE),
        (b"c", LONGEST_LINE),
        (b"e", 3),
    ]


@given(st.binary(max_size=300) | st.text(alphabet='{}[]",:\n\r a1;é', max_size=200).map(str.encode))
def test_any_file_is_read(content: bytes) -> None:
    for records in (read_lines(io.BytesIO(content), BY_NAME), read_rows(io.BytesIO(content), BY_NAME)):
        try:
            for record in records:
                assert bool(record.event) != bool(record.reason)
        except BadFile as error:
            assert str(error).endswith(".")
