"""The dry run: what is stored of somebody, where, and how sure it is that it is theirs. It changes nothing."""

from typing import Annotated, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.requests.kinds import AUTOMATIC, GROUPS
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.api.privacy_requests import MOST_IDENTIFIERS, IdentifierTold
from profiles.configuration import configuration
from profiles.consents.told import name_identifiers
from profiles.privacy.planning import Plan, plan
from profiles.snapshot import one_snapshot


class PlanAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The identifiers that somebody has proven."""

    identifiers: Annotated[list[IdentifierTold], msgspec.Meta(min_length=1, max_length=MOST_IDENTIFIERS)]


class StorePlanned(msgspec.Struct):
    """How many rows of one table a store would answer for."""

    store: str
    table: str
    rows: int


class GroupPlanned(msgspec.Struct):
    """The data that is tied to the identifiers in one way. `automatic` false: an officer decides about it."""

    group: str
    automatic: bool
    identifiers: int
    stores: list[StorePlanned]


class PlanShown(msgspec.Struct):
    """A plan; counts only."""

    groups: list[GroupPlanned]


class PlanView(ApiView):
    """The dry run."""

    scopes: ClassVar[Scopes] = {"POST": ("privacy",)}

    @extend_schema(operation_id="plan_privacy_request", request=PlanAsked, responses=PlanShown)
    def post(self, request: Request) -> HttpResponse:
        """What a request under these identifiers would find: every store, table and row count, by how it is tied."""
        told = read_body(request, PlanAsked)
        with one_snapshot():
            named = name_identifiers([(one.type, str(one.value)) for one in told.identifiers], configuration())
            found = plan([(one.rule.name, one.value) for one in named])
        return answer(plan_shown(found))


def plan_shown(found: Plan) -> PlanShown:
    """A plan as the answer has it, each group even where nothing is in it."""
    return PlanShown([group_shown(name, found) for name in GROUPS])


def group_shown(name: str, found: Plan) -> GroupPlanned:
    """One group of a plan."""
    group = found.groups.get(name)
    return GroupPlanned(
        group=name,
        automatic=name in AUTOMATIC,
        identifiers=len(group.identifier_ids) if group else 0,
        stores=[StorePlanned(one.store, one.table, one.rows) for one in group.stores] if group else [],
    )
