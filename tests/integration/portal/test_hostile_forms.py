"""What nobody types, in every field of every form: a refusal or a page, never a failure."""

import pytest

from tests.factories.visitors import ANN, Visitor

pytestmark = pytest.mark.django_db

HOSTILE = ("", "\x00", "a\x00b", "\ud7ff￿", "‮ann", "' OR 1=1 --", "{{7*7}}", "../../etc/passwd", "%s%n", "x" * 20_000)
FORMS: dict[str, tuple[str, ...]] = {
    "/privacy/": ("address",),
    "/privacy/code": ("code", "address"),
    "/privacy/opt-out": ("address", "opt_out_sale_share"),
    "/privacy/choices": ("shown", "allow"),
    "/privacy/correct/city": ("value",),
    "/privacy/requests/new/erasure": ("word",),
    "/privacy/requests/new/objection": ("purpose",),
    "/privacy/requests/new/address": ("from", "to"),
}


@pytest.mark.parametrize("path", FORMS)
def test_no_form_fails_on_hostile_fields(ann: Visitor, path: str) -> None:
    for value in HOSTILE:
        answer = ann.send(path, page="/privacy/requests/new/access", **dict.fromkeys(FORMS[path], value))
        assert answer.status_code in (200, 303, 400, 409, 410, 429), (path, value[:20], answer.status_code)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_correction_to_anything_leaves_pages_that_can_be_read(ann: Visitor, value: str) -> None:
    ann.send("/privacy/correct/city", value=value)
    for page in ("overview", "requests", "accesses"):
        assert ann.get(f"/privacy/{page}").status_code == 200


@pytest.mark.parametrize("value", HOSTILE[1:])
def test_no_path_fails(ann: Visitor, value: str) -> None:
    for path in (
        f"correct/{value[:200]}",
        f"link/{value[:200]}",
        f"package/{value[:200]}",
        f"requests/new/{value[:200]}",
    ):
        assert ann.client.get(f"/privacy/{path}").status_code in (200, 303, 404, 410)
    for query in ({"cursor": value}, {"before": value}, {"next": value}, {"saved": value}):
        for path in ("overview", "accesses", "choices", "language/de"):
            assert ann.client.get(f"/privacy/{path}", query).status_code in (200, 303, 404)


BROKEN = {
    "too many bytes": (b"address=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    "too many fields": (b"&".join(b"f%d=1" % n for n in range(2_000)), "application/x-www-form-urlencoded"),
    "no boundary": (b"nonsense", "multipart/form-data"),
    "no end": (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("path", ["/privacy/", "/privacy/code", "/privacy/choices", "/privacy/nowhere"])
def test_a_form_that_cannot_be_read_is_answered_with_a_page(path: str, kind: str) -> None:
    visitor = Visitor("de")
    visitor.sign_in(ANN)
    token = visitor.client.cookies["csrftoken"].value
    body, content_type = BROKEN[kind]
    answer = visitor.client.post(path, body, content_type=content_type, headers={"X-CSRFToken": token})
    assert answer.status_code in (303, 400, 403, 404, 405, 410, 413)
    assert not answer.content or answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["too many bytes", "too many fields"])
def test_a_form_that_is_too_large_is_said_to_be(kind: str) -> None:
    visitor = Visitor("de")
    visitor.get("/privacy/")
    body, content_type = BROKEN[kind]
    answer = visitor.client.post("/privacy/", body, content_type=content_type)
    assert answer.status_code == 413
    assert "<h1>Das ist zu groß</h1>" in answer.content.decode()
    assert "Content-Security-Policy" in answer.headers


def test_what_nobody_foresaw_is_a_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_request: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cxprofiles.portal.start.visitor_if_any", fails)
    visitor = Visitor()
    visitor.client.raise_request_exception = False
    answer = visitor.get("/privacy/")
    assert answer.status_code == 500
    assert "<h1>Something went wrong</h1>" in answer.content.decode()


def test_an_appeal_may_say_anything(ann: Visitor) -> None:
    made = ann.send("/privacy/requests/new/opt-out").headers["Location"].partition("?")[0]
    answers = [ann.send(f"{made}/appeal", page=made, words=value).status_code for value in HOSTILE]
    assert set(answers) <= {303, 400, 409}
    assert ann.get(made).status_code == 200
    assert ANN not in made
