"""The demonstration, run as a newcomer runs it: what it claims is held against the API of its service."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cxprofiles.demo.records import compare, read_records, read_truth
from tests.e2e.asking import Api
from tests.e2e.processes import with_open
from tests.e2e.running import REPOSITORY, free_port, plain_environment

PATIENCE = 240.0
STAYING = "Press Ctrl-C to stop it."


@dataclass(slots=True)
class Shown:
    """A demonstration that has shown everything: its output and its service."""

    text: str
    port: int
    folder: Path

    def api(self) -> Api:
        """The service, read with the token that the output names."""
        return Api(self.port, self.found(r"a token for all of it\s+(\S+)"))

    def found(self, pattern: str) -> str:
        """What the output says at one place."""
        match = re.search(pattern, self.text)
        assert match is not None, f"{pattern} is not in:\n{self.text}"
        return match[1]

    def number(self, pattern: str) -> int:
        """A number that the output names."""
        return int(self.found(pattern).replace(",", ""))


def command(folder: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "manage.py", "demo", "--port", str(port), "--data-dir", str(folder), *more]


@contextmanager
def staying_demo(folder: Path) -> Iterator[Shown]:
    """A demonstration that stays up, ended by Ctrl-C."""
    port = free_port()
    demo = subprocess.Popen(
        command(folder, port),
        cwd=REPOSITORY,
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Shown(read_until_staying(demo), port, folder)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
    finally:
        demo.kill()
        demo.wait()
        assert demo.stdout is not None
        demo.stdout.close()


def read_until_staying(demo: "subprocess.Popen[str]") -> str:
    deadline = time.monotonic() + PATIENCE
    text = ""
    assert demo.stdout is not None
    for line in demo.stdout:
        text += line
        if STAYING in line:
            return text
        assert time.monotonic() < deadline, f"the demonstration takes too long:\n{text}"
    raise AssertionError(f"the demonstration ended early:\n{text}")


def run_demo(folder: Path) -> Shown:
    """A demonstration that ends after everything was shown."""
    port = free_port()
    done = subprocess.run(
        command(folder, port, "--exit"),
        cwd=REPOSITORY,
        env={**plain_environment(), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Shown(done.stdout, port, folder)


def test_what_the_demonstration_claims_is_so(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with staying_demo(folder) as shown:
        api = shown.api()
        check_counts(shown, api)
        check_truth(shown, api)
        check_people(api)
        check_steward(shown, api)
        check_curl(shown)
        check_waiting(shown, api)
        assert max(len(line) for line in before_addresses(shown.text)) <= 80
        assert "\x1b" not in shown.text
    assert with_open(folder / "processes.lock") == [], "the demonstration left processes behind"


@pytest.mark.slow  # two full runs
def test_a_second_run_over_the_same_folder_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first, second = run_demo(folder), run_demo(folder)
    assert first.number(r"came to\s+([\d,]+) interactions") > 3000
    assert second.number(r"came to\s+([\d,]+) new interactions") == 0
    profiles = r"profiles\s+([\d,]+: [\d,]+ known, [\d,]+ anonymous)"
    assert second.found(profiles) == first.found(profiles)
    assert with_open(folder / "processes.lock") == [], "the demonstration left processes behind"


def check_counts(shown: Shown, api: Api) -> None:
    posted, twice = shown.number(r"events posted\s+([\d,]+) in any"), shown.number(r"order, ([\d,]+) of them")
    counted, nameless = shown.number(r"came to\s+([\d,]+) interactions"), shown.number(r"; (\d+) guests' receipts")
    assert posted - twice == counted + nameless
    status = api.status()
    assert (status["pending"], status["quarantined"]) == (0, shown.number(r"sources\s+(\d+) events of the call"))
    assert accepted(api) >= posted


def accepted(api: Api) -> float:
    """How many events the doors have acknowledged, as the metrics have it."""
    text = api.call("GET", "/metrics").body.decode()
    return sum(float(value) for value in re.findall(r"^cxprofiles_intake_events_total\S* (\S+)$", text, re.MULTILINE))


def check_truth(shown: Shown, api: Api) -> None:
    records = read_records()
    answers = api.recognise_all([[(record.type, record.id)] for record in records])
    found = {record.id: str(answer["canonical_id"]) for record, answer in zip(records, answers, strict=True)}
    agreement = compare(read_truth(), found)
    row = (agreement.profiles, agreement.right, agreement.wrong, agreement.missed)
    assert shown.found(r"records and channels\s+(\d+\s+\d+\s+\d+\s+\d+)").split() == [str(number) for number in row]
    assert agreement.wrong == 1
    assert f"{agreement.precision:.2f}  " in shown.found(r"records and channels(.*)")


def check_people(api: Api) -> None:
    ellie, namesake = (api.profile_of("user_id", user) for user in ("ellie.ohare", "ellie.desquire"))
    assert ellie["canonical_id"] != namesake["canonical_id"]
    assert api.recognise(("phone", "+39 0352 6553537"))["profile_id"] == ellie["canonical_id"]
    assert ellie["traits"]["city"]["value"] == "Chicago"
    late = [item for item in api.timeline(ellie["canonical_id"]) if item["properties"].get("store") == "Bergamo"]
    assert [item["event"] for item in late] == ["Receipt Printed"]
    assert api.recognise(("user_id", "ellie.ohare"), purpose="personalisation")["status"] == "withheld"
    tablet = api.profile_of("anonymous_id", "web-tablet-in-the-kitchen")
    assert tablet["canonical_id"] == api.profile_of("user_id", "edward.kusha")["canonical_id"]


def check_steward(shown: Shown, api: Api) -> None:
    """The merge is undone: both ids lead to their own profiles, and the digests were the same."""
    by_phone, by_email = api.profile_of("phone", "+1 702-919-1300"), api.profile_of("email", "bsmith@work.com")
    assert by_phone["canonical_id"] != by_email["canonical_id"]
    assert shown.found(r"by his telephone\s+…(\w+) · \d") == by_phone["canonical_id"][-6:]
    digests = re.findall(r"([0-9a-f]{16}) → ([0-9a-f]{16})", shown.text)
    assert len(digests) == 2
    assert all(before == after for before, after in digests)


def check_waiting(shown: Shown, api: Api) -> None:
    """Whoever opens the back office finds something to do."""
    requests = api.good("GET", "/v1/privacy/requests?due_before=9999-12-31")["items"]
    assert sorted(one["type"] for one in requests) == ["access", "erasure"]
    assert len(requests) == shown.number(r"privacy desk\s+(\d+) requests are open")


def check_curl(shown: Shown) -> None:
    """The line that is ready to paste works when it is pasted."""
    start = shown.text.index("curl -s ")
    pasted = shown.text[start : shown.text.index("}'", start) + 2]
    _, _, url, *options = shlex.split(pasted)
    headers = dict(header.split(": ") for flag, header in pairwise(options) if flag == "-H")
    body = options[-1].encode()
    assert url.startswith(f"http://127.0.0.1:{shown.port}/")
    answer = Api(shown.port).call("POST", urlsplit(url).path, body, headers).json()
    assert (answer["status"], answer["traits"]["first_name"]) == ("known", "Ellie")


def before_addresses(text: str) -> list[str]:
    """The lines that are for reading; what follows is for copying, and never broken."""
    return [line for line in text[: text.index("Look around")].splitlines() if "Everything is kept in" not in line]
