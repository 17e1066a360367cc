"""How a trait's value is chosen among what was said of it, and of which data category it is."""

from typing import ClassVar, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.golden.rule_changes import change_rule, check_name, settings_of
from profiles.models import TraitRule


class RuleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The survivorship rule of a trait, its data category, empty for none, and the origin of its values: the person
    gave them, they were observed, or they were worked out. What is left out stays as it is set."""

    rule: Literal["latest", "earliest", "most_frequent", "source_rank", "min", "max", "sum", "union"]
    name: str | None = None
    category: str | None = None
    origin: Literal["provided", "observed", "inferred"] | None = None


class RuleShown(msgspec.Struct):
    """The survivorship rule of a trait, its data category, and the origin of its values.

    One without a category is seen by no purpose but `service`. What is inferred is in an access package, not in one
    for portability.
    """

    name: str
    rule: str
    category: str
    origin: str


class RuleChanged(RuleShown):
    """A rule as it was just set. `rebuild` says whether what is stored is being recomputed under it."""

    rebuild: str


class RulesListed(msgspec.Struct):
    """The traits that have a row of their own; the others have `latest`, no category, and are the person's own."""

    items: list[RuleShown]


class TraitsView(ApiView):
    """All trait rules and categories."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",)}

    @extend_schema(operation_id="list_trait_rules", responses=RulesListed)
    def get(self, request: Request) -> HttpResponse:
        """The traits that have a row of their own; the others have `latest`, no category, and are the person's own."""
        rows = TraitRule.objects.order_by("name")
        return answer(RulesListed([RuleShown(row.name, row.rule, row.category, row.origin) for row in rows]))


class TraitView(ApiView):
    """The rule of one trait."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "PUT": ("admin",)}

    @extend_schema(operation_id="read_trait_rule", responses=RuleShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """The rule of a trait, `latest` unless it was set, its data category and the origin of its values."""
        check_name(name)
        return answer(RuleShown(name, **settings_of(name)))

    @extend_schema(operation_id="change_trait_rule", request=RuleRequest, responses=RuleChanged)
    def put(self, request: Request, name: str) -> HttpResponse:
        """Set the rule of a trait, its category and origin. What is stored follows a new rule, in the background."""
        body = read_body(request, RuleRequest)
        change = change_rule(
            name=name, rule=body.rule, category=body.category, origin=body.origin, actor=actor_of(request)
        )
        rebuild = ask_for_rebuild(change.needs_rebuild)
        return answer(RuleChanged(change.name, change.rule, change.category, change.origin, rebuild))
