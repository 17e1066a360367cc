"""What browser libraries fetch before they send."""

import json

import pytest

from profiles.models import Source
from profiles.sources import revoke_source
from tests.integration.doors.client import Ask, basic

ORIGIN = {"Origin": "https://shop.example"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_segments_library_is_told_where_to_post(ask: Ask, public_key: str, slash: str) -> None:
    headers = {**ORIGIN, "Host": "localhost:8900"}
    answered = ask("GET", f"/v1/projects/{public_key}/settings{slash}", b"", headers)
    assert answered.status == 200
    assert answered.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert answered.content["integrations"] == {
        "Segment.io": {"apiKey": public_key, "apiHost": "localhost:8900/v1", "protocol": "http"}
    }
    assert answered.content["metrics"] == {"sampleRate": 0}


def test_an_unknown_or_revoked_key_is_404_so_that_the_library_never_starts(ask: Ask, public_key: str) -> None:
    assert ask("GET", "/v1/projects/unknown/settings", b"", ORIGIN).status == 404
    assert ask("GET", f"/v1/projects/{public_key}/settings").status == 200
    revoke_source(name=Source.objects.get().name, actor="test")
    answered = ask("GET", f"/v1/projects/{public_key}/settings", b"", ORIGIN)
    assert answered.status == 404
    assert answered.headers["access-control-allow-origin"] == ORIGIN["Origin"]


def test_a_host_that_is_not_ours_is_not_repeated(ask: Ask, public_key: str) -> None:
    answered = ask("GET", f"/v1/projects/{public_key}/settings", b"", {"Host": "evil.example"})
    assert answered.status == 400
    assert b"evil" not in answered.body


def test_rudderstacks_library_finds_its_source(ask: Ask, public_key: str) -> None:
    answered = ask("GET", "/sourceConfig/", b"", {**basic(public_key), **ORIGIN})
    source = answered.content["source"]
    assert (answered.status, source["writeKey"], source["enabled"], source["destinations"]) == (
        200,
        public_key,
        True,
        [],
    )
    assert source["config"] == {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}}
    assert ask("GET", "/sourceConfig", b"", basic("unknown")).status == 404


def test_posthogs_library_is_told_that_nothing_else_is_wanted(ask: Ask) -> None:
    for path in ("/flags/", "/flags", "/decide/", "/decide"):
        answered = ask("POST", path, b"data=e30%3D", ORIGIN)
        assert (answered.status, answered.content["flags"]) == (200, {})
        assert answered.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    config = ask("GET", "/array/phc_web/config", b"", ORIGIN).content
    assert (config["supportedCompression"], config["sessionRecording"], config["surveys"]) == (
        ["gzip-js"],
        False,
        False,
    )
    script = ask("GET", "/array/phc_web/config.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.body.startswith(b'(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{})["phc_web"]=')
    assert json.loads(script.body.partition(b"]=")[2].rstrip(b";"))["config"] == config


def test_only_a_key_may_stand_in_the_script(ask: Ask) -> None:
    for key in ('"]=1;alert(1)//', "a b", "<script>", "\u2028"):
        assert ask("GET", f"/array/{key}/config.js").status == 404


def test_preflights_are_answered(ask: Ask) -> None:
    for path in ("/sourceConfig/", "/flags/", "/v1/projects/x/settings", "/array/x/config"):
        answered = ask("OPTIONS", path, b"", {**ORIGIN, "Access-Control-Request-Headers": "authorization"})
        assert answered.status == 200
        assert "authorization" in answered.headers["access-control-allow-headers"]
