"""What it costs to compute consent at the moment of use, and how soon a withdrawal counts."""

from tests.benchmarks.before import BEFORE_CONSENT, Earlier
from tests.benchmarks.figures import Bar, Section, ratios
from tests.benchmarks.http import CONNECTIONS, HEADER, Contender, ask, compare, presented, question_of, row_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import HttpServer, Stage


def benchmark_consent(stage: Stage, web: HttpServer, earlier: Earlier, plan: Plan) -> Section:
    """Recognition beside itself as it was when consent was one pair of instants for each purpose."""
    bodies = [question_of(person, kind, purpose_for(person)) for person, kind in presented(stage.people)]
    path = "/v1/recognise"
    now = Contender("recognition now", web, [ask(stage, path, body) for body in bodies])
    before = Contender(
        f"recognition at {BEFORE_CONSENT}",
        earlier.web,
        [ask(earlier.stage, path, body) for body in bodies],
        earlier.stage,
    )
    plan.say("recognition, now and before")
    compare(stage, (now, before), plan, lambda: None)
    return Section(
        "Recognition with consent",
        "The same world and the same questions, half of them for `service` and half for `personalisation` about people "
        "who granted it, to this service and to that of the commit before consent was computed at the moment of use, "
        f"each over its own PostgreSQL; {CONNECTIONS} connections, {plan.rounds} rounds of {plan.seconds:.0f} s in "
        "turns.",
        HEADER,
        [row_of(now), row_of(before)],
        [Bar("Recognition, of what it was before consent", 0.9, ratios(now.rates, before.rates))],
        "What stands for a profile is worked out when its card is written; a question reads one short text, which most "
        "profiles share, and looks at the traits' categories.",
    )


def purpose_for(person: int) -> str:
    """Every second person has granted personalisation."""
    return "personalisation" if person % 2 else "service"
