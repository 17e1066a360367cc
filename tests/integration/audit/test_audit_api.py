"""The audit log over HTTP: whoever asks can check it without trusting the service."""

import json
from typing import Any

import pytest
from django.test import Client

from consent.audit.canonical import canonical_json
from consent.audit.chain import find_break, linked
from consent.audit.checking import read_head
from consent.audit.heads import sign_head
from consent.audit.merkle import extends, grow, includes, leaf_hash, root
from tests.integration.audit.worlds import append

pytestmark = pytest.mark.django_db

SIZE = 11


@pytest.fixture
def log() -> None:
    append(SIZE)
    sign_head()


def get(path: str, **query: Any) -> tuple[int, Any]:
    response = Client().get(f"/v1/audit/{path}", query)
    return response.status_code, json.loads(response.content)


def raw(hashes: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in hashes]


def test_who_reads_everything_can_recompute_everything(log: None) -> None:
    entries: list[dict[str, Any]] = []
    following: int | None = 1
    while following is not None:
        _, page = get("entries", **{"from": following, "limit": 4})
        assert page["size"] == SIZE
        entries += page["entries"]
        following = page["next"]
    links = [linked(entry["seq"], canonical_json(entry)) for entry in entries]
    assert find_break(links) is None
    nodes = grow(0, {}, [link.leaf for link in links])
    _, head = get("head")
    assert (head["size"], head["root"]) == (SIZE, root(SIZE, nodes).hex())
    keys = json.loads(Client().get("/.well-known/jwks.json").content)
    stated = read_head(head["head"], keys)
    assert (stated.size, stated.root.hex()) == (head["size"], head["root"])


def test_proofs_are_good_for_whoever_has_the_head(log: None) -> None:
    _, head = get("head")
    top = bytes.fromhex(head["root"])
    for seq in (1, 4, SIZE):
        _, page = get("entries", **{"from": seq, "limit": 1})
        _, proof = get("proofs/inclusion", seq=seq)
        assert (proof["seq"], proof["size"]) == (seq, SIZE)
        leaf = leaf_hash(canonical_json(page["entries"][0]))
        assert includes(leaf=leaf, index=seq - 1, size=SIZE, path=raw(proof["path"]), root=top)
    _, earlier = get("proofs/inclusion", seq=1, size=1)
    assert earlier["path"] == []
    _, between = get("proofs/consistency", **{"from": 1, "to": SIZE})
    assert (between["from"], between["to"]) == (1, SIZE)
    _, first = get("entries", limit=1)
    first_root = leaf_hash(canonical_json(first["entries"][0]))
    assert extends(first=1, first_root=first_root, size=SIZE, root=top, proof=raw(between["proof"]))
    assert get("proofs/consistency", **{"from": 1})[1] == between


def test_nothing_is_there_before_the_first_entry() -> None:
    assert get("entries") == (200, {"entries": [], "size": 0, "next": None})
    for path, query in (("head", {}), ("proofs/inclusion", {"seq": 1}), ("proofs/consistency", {"from": 1})):
        assert get(path, **query)[0] == 404


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("entries", {"from": 0}, 400),
        ("entries", {"limit": 1001}, 400),
        ("entries", {"limit": "many"}, 400),
        ("entries", {"from": "1\x00"}, 400),
        ("entries", {"from": 10**12}, 400),
        ("proofs/inclusion", {}, 400),
        ("proofs/inclusion", {"seq": -1}, 400),
        ("proofs/inclusion", {"seq": SIZE + 1}, 404),
        ("proofs/inclusion", {"seq": 1, "size": SIZE + 1}, 404),
        ("proofs/inclusion", {"seq": 5, "size": 4}, 404),
        ("proofs/consistency", {}, 400),
        ("proofs/consistency", {"from": 5, "to": 4}, 404),
        ("proofs/consistency", {"from": "x"}, 400),
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(log: None, path: str, query: dict[str, Any], status: int) -> None:
    answered, content = get(path, **query)
    assert (answered, content["status"]) == (status, status)
    assert content["detail"]


def test_past_the_end_there_is_nothing(log: None) -> None:
    assert get("entries", **{"from": SIZE + 1}) == (200, {"entries": [], "size": SIZE, "next": None})


def test_pages_of_any_origin_may_read_it_and_nobody_changes_it(log: None) -> None:
    for path in ("head", "entries", "proofs/inclusion?seq=1", "proofs/consistency?from=1"):
        response = Client().get(f"/v1/audit/{path}")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert Client().post(f"/v1/audit/{path}").status_code == 405
