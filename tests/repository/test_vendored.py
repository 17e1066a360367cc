"""Scripts of others are what they were when they were published, and their licences stand beside them."""

import hashlib
import json

import pytest

from tests.repository.files import REPOSITORY, tracked

FOLDER = REPOSITORY / "cxprofiles/static/vendor"
VENDORED = json.loads((FOLDER / "vendored.json").read_text())


@pytest.mark.parametrize("script", VENDORED, ids=lambda script: script["name"])
def test_a_script_is_as_it_was_published(script: dict[str, str]) -> None:
    assert hashlib.sha256((FOLDER / script["file"]).read_bytes()).hexdigest() == script["sha256"]


def test_everything_there_is_listed() -> None:
    listed = {name for script in VENDORED for name in (script["file"], *script["licence_files"])}
    there = {
        str(path.relative_to("cxprofiles/static/vendor"))
        for path in tracked()
        if path.is_relative_to("cxprofiles/static/vendor")
    }
    assert there - {"vendored.json", "README.md"} == listed
