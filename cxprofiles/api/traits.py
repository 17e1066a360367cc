"""How a trait's value is chosen among what was said of it."""

from typing import ClassVar, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.golden.rule_changes import change_rule, check_name, rule_of
from profiles.models import TraitRule


class RuleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The survivorship rule of a trait."""

    rule: Literal["latest", "earliest", "most_frequent", "source_rank", "min", "max", "sum", "union"]
    name: str | None = None


class RuleShown(msgspec.Struct):
    """The survivorship rule of a trait."""

    name: str
    rule: str


class RuleChanged(RuleShown):
    """A rule as it was just set. `rebuild` says whether what is stored is being recomputed under it."""

    rebuild: str


class RulesListed(msgspec.Struct):
    """The traits that have a rule of their own; all others have `latest`."""

    items: list[RuleShown]


class TraitsView(ApiView):
    """All trait rules."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",)}

    @extend_schema(operation_id="list_trait_rules", responses=RulesListed)
    def get(self, request: Request) -> HttpResponse:
        """The traits that have a rule of their own; all others have `latest`."""
        return answer(RulesListed([RuleShown(row.name, row.rule) for row in TraitRule.objects.order_by("name")]))


class TraitView(ApiView):
    """The rule of one trait."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "PUT": ("admin",)}

    @extend_schema(operation_id="read_trait_rule", responses=RuleShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """The rule of a trait, `latest` unless it was set."""
        check_name(name)
        return answer(RuleShown(name, rule_of(name)))

    @extend_schema(operation_id="change_trait_rule", request=RuleRequest, responses=RuleChanged)
    def put(self, request: Request, name: str) -> HttpResponse:
        """Set the rule of a trait. What is stored follows, in the background."""
        body = read_body(request, RuleRequest)
        change = change_rule(name=name, rule=body.rule, actor=actor_of(request))
        return answer(RuleChanged(change.name, change.rule, ask_for_rebuild(change.needs_rebuild)))
