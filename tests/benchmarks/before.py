"""The service as it was at an earlier commit: its own checkout, its own servers, the same world and web server."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxprofiles.stack.folder import DataFolder
from cxprofiles.stack.supervisor import REPOSITORY
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import HttpServer, Stage

# The last commit at which consent was one pair of instants for each purpose.
BEFORE_CONSENT = "e89bf3a"

# Run in the checkout, with its own modules: load the world, serve it, tell where, and wait to be let go.
SERVE = """
import json, sys
from pathlib import Path
from cxprofiles.stack.folder import DataFolder
from tests.benchmarks import plan as plans
from tests.benchmarks.__main__ import fill
from tests.benchmarks.stage import OUR_APPLICATION, http_server, stage_over

if __name__ == "__main__":
    plan = plans.whole() if sys.argv[2] == str(plans.whole().identifiers) else plans.quick()
    with stage_over(DataFolder(Path(sys.argv[1]))) as stage:
        fill(stage, plan)
        with http_server(stage, "web", OUR_APPLICATION, "/healthz") as web:
            told = {"port": web.port, "pid": web.pid, "token": stage.token, "processes": stage.processes}
            print("serving " + json.dumps(told | {"people": stage.people}), flush=True)
            sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier service, ready to be asked."""

    stage: Stage
    web: HttpServer


class NoEarlierCommit(Exception):
    """The earlier commit is not in this checkout, as in a shallow clone; fetch its history to compare."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@contextmanager
def service_before(commit: str, plan: Plan) -> Iterator[Earlier]:
    """The service of a commit over a world of the same size; raises `NoEarlierCommit`."""
    place = Path(tempfile.mkdtemp(prefix="cxprofiles-before-"))
    tree = place / "tree"
    try:
        added = subprocess.run(
            ["git", "worktree", "add", "--detach", str(tree), commit], cwd=REPOSITORY, capture_output=True, check=False
        )
        if added.returncode:
            raise NoEarlierCommit
        plan.say(f"loading the same world into the service of commit {commit}")
        with serving(tree, place / "data", plan) as earlier:
            yield earlier
    finally:
        subprocess.run(
            ["git", "worktree", "remove", "--force", str(tree)], cwd=REPOSITORY, capture_output=True, check=False
        )
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def serving(tree: Path, data: Path, plan: Plan) -> Iterator[Earlier]:
    """The checkout at work, until the block ends."""
    (tree / "serve_world.py").write_text(SERVE)
    own = ("DATABASE_URL", "REDIS_URL", "CXPROFILES_DATA_DIR", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    child = subprocess.Popen(
        [sys.executable, "serve_world.py", str(data), str(plan.identifiers)],
        cwd=tree,
        env=environment | {"PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield told_by(child, data)
    finally:
        if child.stdin is not None:
            child.stdin.close()
        child.wait(timeout=60)


def told_by(child: subprocess.Popen[str], data: Path) -> Earlier:
    """What the child says of itself once it serves."""
    for line in child.stdout or ():
        if line.startswith("serving "):
            told = json.loads(line.removeprefix("serving "))
            stage = Stage(DataFolder(data), told["processes"], token=told["token"], people=told["people"])
            return Earlier(stage, HttpServer(told["port"], told["pid"]))
    raise SystemExit("bench: the earlier service did not start.")
