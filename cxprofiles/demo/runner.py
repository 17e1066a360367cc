"""The demonstration from start to end: what happens in which order, and what is shown of it."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from cxprofiles.demo import acts, deciding, leaving, presentation, waiting
from cxprofiles.demo.acts import Counted, Stage
from cxprofiles.demo.presentation import Screen, make_console
from cxprofiles.demo.records import read_records
from cxprofiles.demo.service import Api, find_port, running_service
from cxprofiles.demo.setting_up import Keys, set_up
from cxprofiles.stack.folder import DataFolder

START = "Starting PostgreSQL, Valkey, web, worker and beat"
SET_UP = "Identifier types, sources and keys, through the API"
RECORDS = "Customer records of three systems"
STREAM = "Five weeks of web, app, store, calls and mail"
COUNT_BEFORE = "Counting what there is from before"
COUNT = "Counting what came of it"
PLAY = "Recognising, explaining, merging and undoing"

# How long each takes, more or less, so that the bar moves evenly.
WEIGHTS = {START: 30.0, SET_UP: 8.0, RECORDS: 6.0, STREAM: 14.0, COUNT: 8.0, PLAY: 4.0}

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_demo(folder: DataFolder, *, port: int | None, leave: bool) -> None:
    """The whole demonstration over a data folder; stays until Ctrl-C unless told to `leave`.

    Raises StackError where the service cannot start or ends by itself.
    """
    again = Keys.load(folder).runs > 0
    screen = Screen(make_console(), WEIGHTS | ({COUNT_BEFORE: 8.0} if again else {}))
    presentation.show_welcome(screen, str(folder.path), again=again)
    with ended_by_signals(), ExitStack() as stack:
        with screen.running():
            with screen.step(START):
                running = stack.enter_context(running_service(folder, find_port(port)))
            with screen.step(SET_UP):
                keys = set_up(folder, running.url, read_records())
            stage = Stage(Api(running.url, keys.token), keys)
            certificate = tell_and_play(screen, stage)
        presentation.show_addresses(screen, stage, certificate)
        if not leave:
            presentation.show_staying(screen)
            running.wait()
    presentation.show_end(screen)


def tell_and_play(screen: Screen, stage: Stage) -> str:
    """All acts, and only then what came of them: nothing is printed between an event and the answer to it. The link of
    the certificate of an erasure."""
    before = count_before(screen, stage)
    with screen.step(RECORDS) as advance:
        records = acts.bring_records(stage, advance)
        alone = acts.agree(stage) if before.interactions == 0 else None
    with screen.step(STREAM) as advance:
        stream = acts.bring_interactions(stage, advance)
    with screen.step(COUNT) as advance:
        after = acts.count(stage, advance)
        now = acts.agree(stage)
    with screen.step(PLAY) as advance:
        late = acts.find_late(stage)
        meeting = acts.meet(stage)
        advance(0.4)
        recognitions = acts.ask_around(stage)
        card = acts.explain_card(stage)
        refusals = acts.explain_refusals(stage)
        advance(0.7)
        undone = acts.merge_and_undo(stage)
        consent = deciding.ask_consent(stage)
        apart = deciding.refuse_unification(stage)
        left = leaving.leave(stage)
        left_to_staff = waiting.leave_to_staff(stage)
    presentation.show_counts(screen, records + stream, len(acts.named_in_story(stage)), before, after)
    presentation.show_meeting(screen, meeting)
    presentation.show_recognitions(screen, recognitions, card)
    presentation.show_refusals(screen, refusals)
    presentation.show_late(screen, late)
    presentation.show_undone(screen, undone)
    presentation.show_consent(screen, consent)
    presentation.show_apart(screen, apart)
    presentation.show_left(screen, left)
    presentation.show_waiting(screen, left_to_staff)
    presentation.show_agreement(screen, len(stage.records), alone, now)
    return str(left.erased["certificate_url"])


def count_before(screen: Screen, stage: Stage) -> Counted:
    """What an earlier run left; nothing, if this is the first."""
    if stage.keys.runs == 1:
        return Counted(0, 0, 0)
    with screen.step(COUNT_BEFORE) as advance:
        return acts.count(stage, advance)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end the block, once and without a traceback; what was started is ended with it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    held = {number: signal.signal(number, interrupt) for number in ENDING_SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
