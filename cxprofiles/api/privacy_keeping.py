"""How long things are kept: rules of retention, what its runs removed, and legal holds."""

from datetime import date, datetime
from typing import ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.hold_writing import HoldFields, NoSuchHold, fields_of, find_hold, list_holds
from consent.retention import Rule
from consent.retention_rules import read_rules, read_runs
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import is_clean, read_body, read_count, read_text
from profiles.privacy.keeping import change_hold, change_rule, remove_hold, remove_rule

MOST_RUNS, USUAL_RUNS = 1000, 50
READERS = ("admin", "privacy")


class RetentionSettings(msgspec.Struct, forbid_unknown_fields=True):
    """How long something is kept: `interaction`s (of a `source`), `trait`s (of a data `category`, of a source), or
    the rows of another store. `keep_for` is ISO 8601, empty for ever. A source's own rule beats the one for any."""

    store: str
    keep_for: str
    category: str = ""
    source: str = ""


class RetentionListed(msgspec.Struct):
    """All rules. What has none is kept; what has an end of its own goes then."""

    items: list[RetentionSettings]


class RunShown(msgspec.Struct):
    """A run of the job. `removed`: rows by store, and the identifiers of which nothing was left.

    `ended_at` null: it is under way, or the worker died; what it removed stays removed, and the next goes on.
    """

    started_at: datetime
    ended_at: datetime | None
    removed: dict[str, int]
    problem: str


class RunsListed(msgspec.Struct):
    """The latest runs, the newest first."""

    items: list[RunShown]


class HoldSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What staff may set on a legal hold. What is left out takes its default.

    `basis`: the law, as letters name it. `events` and `sources`: names, none: any. `fields`: paths in the event, such
    as properties.order_id, and `traits`, that are kept, nothing else is. `keep_for`: ISO 8601, from when the event
    happened. `ends_on`: the hold itself ends.
    """

    basis: str
    keep_for: str
    events: list[str] = []
    sources: list[str] = []
    fields: list[str] = []
    traits: list[str] = []
    ends_on: date | None = None


class HoldShown(HoldSettings, kw_only=True):
    """A legal hold."""

    name: str
    created_at: datetime


class HoldsListed(msgspec.Struct):
    """All legal holds, by name."""

    items: list[HoldShown]


class RetentionView(ApiView):
    """The rules of retention."""

    scopes: ClassVar[Scopes] = {"GET": READERS, "PUT": ("admin",), "DELETE": ("admin",)}

    @extend_schema(operation_id="list_retention", responses=RetentionListed)
    def get(self, request: Request) -> HttpResponse:
        """How long things are kept."""
        return answer(RetentionListed([rule_shown(rule) for rule in read_rules()]))

    @extend_schema(
        operation_id="set_retention",
        request=RetentionSettings,
        responses={200: RetentionSettings, 201: RetentionSettings},
    )
    def put(self, request: Request) -> HttpResponse:
        """Set the rule for a store, category and source. The job, each hour, removes what is past it."""
        body = read_body(request, RetentionSettings)
        rule = Rule(**msgspec.structs.asdict(body))
        return answer(rule_shown(rule), 201 if change_rule(rule=rule, actor=actor_of(request)) else 200)

    @extend_schema(
        operation_id="delete_retention",
        parameters=[
            OpenApiParameter("store", str, required=True),
            OpenApiParameter("category", str),
            OpenApiParameter("source", str),
        ],
        responses={204: None},
    )
    def delete(self, request: Request) -> HttpResponse:
        """Remove a rule: what it was about is kept from now on."""
        store, category, source = (read_text(request, name) or "" for name in ("store", "category", "source"))
        remove_rule(key=(store, category, source), actor=actor_of(request))
        return HttpResponse(status=204)


class RetentionRunsView(ApiView):
    """What the job removed."""

    scopes: ClassVar[Scopes] = {"GET": READERS}

    @extend_schema(
        operation_id="list_retention_runs",
        parameters=[OpenApiParameter("limit", int, description=f"1 to {MOST_RUNS}, {USUAL_RUNS} if left out.")],
        responses=RunsListed,
    )
    def get(self, request: Request) -> HttpResponse:
        """The latest runs, the newest first."""
        runs = read_runs(read_count(request, "limit", default=USUAL_RUNS, most=MOST_RUNS))
        return answer(RunsListed([RunShown(run.started_at, run.ended_at, run.removed, run.problem) for run in runs]))


class HoldsView(ApiView):
    """All legal holds."""

    scopes: ClassVar[Scopes] = {"GET": READERS}

    @extend_schema(operation_id="list_holds", responses=HoldsListed)
    def get(self, request: Request) -> HttpResponse:
        """All legal holds, by name."""
        return answer(HoldsListed([hold_shown(*hold) for hold in list_holds()]))


class HoldView(ApiView):
    """One legal hold."""

    scopes: ClassVar[Scopes] = {"GET": READERS, "PUT": ("admin",), "DELETE": ("admin",)}

    @extend_schema(operation_id="read_hold", responses=HoldShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """One legal hold."""
        return answer(read_hold(name))

    @extend_schema(operation_id="set_hold", request=HoldSettings, responses={200: HoldShown, 201: HoldShown})
    def put(self, request: Request, name: str) -> HttpResponse:
        """Create or replace a hold, in force for what is erased or outlived from now on."""
        fields = fields_asked(read_body(request, HoldSettings))
        created = change_hold(name=name, fields=fields, actor=actor_of(request))
        return answer(read_hold(name), 201 if created else 200)

    @extend_schema(operation_id="delete_hold", responses={204: None})
    def delete(self, request: Request, name: str) -> HttpResponse:
        """Delete a hold under which nothing is kept; 409 while something is."""
        if not is_clean(name):
            raise NoSuchHold
        remove_hold(name=name, actor=actor_of(request))
        return HttpResponse(status=204)


def fields_asked(body: HoldSettings) -> HoldFields:
    """A body as the fields of a hold."""
    return HoldFields(
        basis=body.basis,
        keep_for=body.keep_for,
        events=tuple(body.events),
        sources=tuple(body.sources),
        fields=tuple(body.fields),
        traits=tuple(body.traits),
        ends_on=body.ends_on,
    )


def read_hold(name: str) -> HoldShown:
    """A hold as the answer has it; raises `NoSuchHold`."""
    if not is_clean(name):
        raise NoSuchHold
    hold = find_hold(name)
    return hold_shown(hold.name, hold.created_at, fields_of(hold))


def hold_shown(name: str, created_at: datetime, fields: HoldFields) -> HoldShown:
    """A hold as the answer has it."""
    return HoldShown(
        basis=fields.basis,
        keep_for=fields.keep_for,
        events=list(fields.events),
        sources=list(fields.sources),
        fields=list(fields.fields),
        traits=list(fields.traits),
        ends_on=fields.ends_on,
        name=name,
        created_at=created_at,
    )


def rule_shown(rule: Rule) -> RetentionSettings:
    """A rule as the answer has it."""
    return RetentionSettings(rule.store, rule.keep_for, rule.category, rule.source)
