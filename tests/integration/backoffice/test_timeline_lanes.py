"""The lanes of a journey: a picture and a table that say the same, and the way closer."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from profiles.models import Identifier
from tests.factories.channels import event, make_source, tell

Staff = Callable[[str], Client]
DAY = 60 * 24


@pytest.fixture
def world(db: None) -> str:
    """Two years of Ann at the shop and the till; the path of her timeline."""
    shop, till = make_source(), make_source("till", channel="store")
    tell(shop, *(event(DAY * n, userId="ann-1") for n in range(20)))
    tell(shop, *(event(-DAY * 300 - n, userId="ann-1") for n in range(7)))
    tell(till, event(DAY * 5, userId="ann-1"))
    return f"/backoffice/profiles/{Identifier.objects.get().profile_id}/timeline/"


def drawn(answer: Any) -> list[tuple[str, float]]:
    """The marks of the lanes: the words that the pointer shows, and the radius."""
    found = re.findall(r'<circle [^>]*r="([\d.]+)"[^>]*><title>([^<]+)</title>', answer.content.decode())
    return [(unescape(title), float(radius)) for radius, title in found]


def test_each_channel_has_a_lane_and_each_part_a_mark_by_its_number(staff: Staff, world: str) -> None:
    marks = dict(drawn(staff("analyst").get(world)))
    assert set(marks) == {
        "Website, week of 6 March 2025: 7 interactions",
        *(f"Website, week of {day}: 7 interactions" for day in ("5 January 2026", "12 January 2026")),
        "Website, week of 29 December 2025: 4 interactions",
        "Website, week of 19 January 2026: 2 interactions",
        "Shop, 6 January 2026, 00:00: 1 interaction",
    }
    assert (
        marks["Website, week of 5 January 2026: 7 interactions"]
        > marks["Website, week of 19 January 2026: 2 interactions"]
    )


def test_the_table_says_the_same(staff: Staff, world: str) -> None:
    body = staff("analyst").get(world).content.decode()
    table = body[body.index("The same as a table") :]
    assert re.findall(r'<td class="number">([\d,]+)</td>', table[table.index("<tfoot>") :])[:3] == ["27", "1", "28"]


def test_a_period_leads_closer_and_out_again(staff: Staff, world: str) -> None:
    reader = staff("analyst")
    whole = reader.get(world).content.decode()
    closer = dict(re.findall(r'<li><a href="(\?[^"]+)">([^<]+)</a></li>', whole[whole.index('class="closer"') :]))
    month = next(query for query, word in closer.items() if word == "January 2026")
    inside = reader.get(world + unescape(month))
    assert len(drawn(inside)) == 21
    body = inside.content.decode()
    assert re.search(r'<strong aria-current="true">January 2026</strong>', body)
    assert re.search(r'<a href="\?">All time</a>', body)
    day = re.search(r'<a href="(\?from=2026-01-06&amp;to=2026-01-06)">6 Jan</a>', body)
    assert day is not None
    assert drawn(reader.get(world + unescape(day[1])))[-1][0] == "Shop, 6 January 2026, 00:00: 1 interaction"


@pytest.mark.parametrize("language", ["en", "de", "id"])
def test_the_picture_is_well_formed_in_every_language(staff: Staff, world: str, language: str) -> None:
    answer = staff("analyst").get(world, headers={"Accept-Language": language})
    picture = re.search(r"<svg class=\"picture journey-lanes\".*?</svg>\s*</div>", answer.content.decode(), re.DOTALL)
    assert picture is not None
    tree = ElementTree.fromstring(picture[0].removesuffix("</div>").strip())
    circles = list(tree.iter("circle"))
    assert circles
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < 960
        assert 0 < float(circle.attrib["r"]) < 20


def test_lanes_of_a_period_without_anything_say_so(staff: Staff, world: str) -> None:
    body = staff("analyst").get(f"{world}?from=2020-01-01&to=2020-12-31").content.decode()
    assert "Nothing happened in this period" in body


def test_lanes_are_counted_from_the_index_alone(staff: Staff, world: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff("analyst").get(f"{world}?channel=web")
    [lanes] = [one["sql"] for one in queries if "width_bucket" in one["sql"]]
    [page] = [one["sql"] for one in queries if "LATERAL" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for statement in (lanes, page):
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Index Only Scan using interaction_timeline" in plan, plan
