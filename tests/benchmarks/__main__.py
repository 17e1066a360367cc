"""`python -m tests.benchmarks`: measure every bar side by side, show it, and write docs/benchmarks.md."""

import argparse
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType

from cxprofiles.stack.folder import DataFolder
from tests.benchmarks import plan as plans
from tests.benchmarks.figures import Section
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import PAGE, page
from tests.benchmarks.stage import (
    FLOORS_APPLICATION,
    OUR_APPLICATION,
    HttpServer,
    Stage,
    close_connections,
    data_folder_that_goes,
    full_stack,
    http_server,
    lead_django_to,
    stage_over,
)

PARTS = ("recognition", "intake", "consent", "background", "hubs", "latency", "withdrawal", "privacy", "screens")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small world and few rounds; writes no page")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; writes no page")
    parser.add_argument("--rounds", type=int, help="how many rounds of each comparison")
    parser.add_argument("--world", type=Path, help="keep the world in this folder, and use it where it is there")
    asked = parser.parse_args(arguments)
    plan = plans.quick() if asked.quick else plans.whole()
    if asked.rounds:
        plan = replace(plan, rounds=asked.rounds)
    signal.signal(signal.SIGTERM, stop_in_order)
    with ExitStack() as stack:
        folder = DataFolder(asked.world) if asked.world else stack.enter_context(data_folder_that_goes())
        sections = measure(folder, plan, asked.only or PARTS)
    text = page(sections, time.monotonic() - plan.began)
    print("\n" + text)
    if not asked.quick and not asked.only:
        PAGE.write_text(text)
        print(f"written: {PAGE.name}")


def stop_in_order(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C ends it: every process that was started is stopped on the way out."""
    raise KeyboardInterrupt


def measure(folder: DataFolder, plan: Plan, parts: Sequence[str]) -> list[Section]:
    """All the parts over one world; the whole stack comes last, since it brings servers of its own."""
    plan.say("starting PostgreSQL and Valkey")
    with stage_over(folder) as stage:
        fill(stage, plan)
        sections = [
            *measure_http(stage, plan, parts),
            *measure_consent(stage, plan, parts),
            *measure_workers(stage, plan, parts),
        ]
    if {"latency", "withdrawal", "privacy"} & set(parts):
        plan.say("starting the whole stack")
        with full_stack(folder) as server:
            sections = [*measure_whole(stage, server, plan, parts), *sections]
    if "screens" in parts:
        sections.append(measure_screens(folder, stage.people, plan))
    plan.say("done")
    return sections


def fill(stage: Stage, plan: Plan) -> None:
    """The world, loaded unless it is there."""
    from profiles.models import Identifier
    from tests.benchmarks.people import people_of
    from tests.benchmarks.world import load_world

    if Identifier.objects.exists():
        stage.people = people_of(plan.identifiers)
    else:
        stage.people = load_world(source_id=stage.source_id, identifiers=plan.identifiers, progress=progress_of(plan))
    plan.say(f"a world of {stage.people:,} people stands")


def measure_screens(folder: DataFolder, people: int, plan: Plan) -> Section:
    """The screens of the back office, over a world that is larger than the others'."""
    from tests.benchmarks.screens import benchmark_screens
    from tests.benchmarks.world import enlarge_world, is_there

    with stage_over(folder) as stage:
        stage.people = max(people, plan.profiles)
        if not is_there(stage.people - 10):  # a kept world may have grown in an earlier run
            enlarge_world(source_id=stage.source_id, before=people, people=stage.people, progress=progress_of(plan))
        plan.say(f"a world of {stage.people:,} people stands")
    plan.say("starting the whole stack")
    with full_stack(folder) as server:
        running = folder.running()
        assert running is not None
        lead_django_to(running.database_url)
        try:
            return benchmark_screens(stage, server, plan)
        finally:
            close_connections()


def progress_of(plan: Plan) -> Callable[[str, int, int], None]:
    """Tell of the loading, a tenth at a time."""
    told = {"": -1}

    def progress(what: str, done: int, of: int) -> None:
        tenth = done * 10 // of
        if told.get(what) != tenth:
            told[what] = tenth
            plan.say(f"{what}: {done:,} of {of:,}")

    return progress


def measure_http(stage: Stage, plan: Plan, parts: Sequence[str]) -> list[Section]:
    """The two doors, behind the service's web server beside the floors' own."""
    from tests.benchmarks.http import benchmark_intake, benchmark_recognition

    benchmarks = {"recognition": benchmark_recognition, "intake": benchmark_intake}
    chosen = [benchmark for part, benchmark in benchmarks.items() if part in parts]
    if not chosen:
        return []
    with (
        http_server(stage, "web", OUR_APPLICATION, "/healthz") as web,
        http_server(stage, "floors", FLOORS_APPLICATION, "/bare") as floors,
    ):
        return [benchmark(stage, web, floors, plan) for benchmark in chosen]


def measure_consent(stage: Stage, plan: Plan, parts: Sequence[str]) -> list[Section]:
    """Recognition beside itself as it was before consent was computed at the moment of use."""
    from tests.benchmarks.before import BEFORE_CONSENT, NoEarlierCommit, service_before
    from tests.benchmarks.consent import benchmark_consent

    if "consent" not in parts:
        return []
    try:
        with (
            service_before(BEFORE_CONSENT, plan) as earlier,
            http_server(stage, "web", OUR_APPLICATION, "/healthz") as web,
        ):
            return [benchmark_consent(stage, web, earlier, plan)]
    except NoEarlierCommit as error:
        plan.say(str(error))
        return []


def measure_workers(stage: Stage, plan: Plan, parts: Sequence[str]) -> list[Section]:
    """The workers' path."""
    from tests.benchmarks.background import benchmark_background
    from tests.benchmarks.hubs import benchmark_hubs

    benchmarks = {"background": benchmark_background, "hubs": benchmark_hubs}
    return [benchmark(stage, plan) for part, benchmark in benchmarks.items() if part in parts]


def measure_whole(stage: Stage, server: HttpServer, plan: Plan, parts: Sequence[str]) -> list[Section]:
    """What only the whole running service shows."""
    from tests.benchmarks.latency import benchmark_latency
    from tests.benchmarks.privacy import benchmark_privacy
    from tests.benchmarks.withdrawal import benchmark_withdrawal

    benchmarks = {"latency": benchmark_latency, "withdrawal": benchmark_withdrawal, "privacy": benchmark_privacy}
    return [benchmark(stage, server, plan) for part, benchmark in benchmarks.items() if part in parts]


if __name__ == "__main__":
    main()
