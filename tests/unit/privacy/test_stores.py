"""All personal data is declared: where it lies, how it leads to a person, how it is exported and erased."""

import json
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import Tags

from consent.stores import IDENTIFIER, NotPersonal, Registry, Store, Tie, problems, unreachable
from cxprofiles.checks import declared, fields_of_models

CASES = {case["id"]: case for case in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())}


def store(label: str, *ties: Tie, **fields: str) -> Store:
    return Store(label, label, "profile", ties, fields, exported="all", erased="deleted")


def test_every_table_of_every_app_is_declared_and_leads_to_a_person() -> None:
    assert problems(declared(), fields_of_models()) == []


def test_the_start_fails_where_a_table_is_not_declared() -> None:
    registry, held = declared(), declared().stores["profiles.Interaction"]
    del registry.stores["profiles.Interaction"]
    try:
        told = [one.msg for one in run_checks(tags=[Tags.models]) if one.id == "cxprofiles.E002"]
    finally:
        registry.declare(held)
    assert told == ["undeclared: profiles.Interaction"]


@pytest.mark.parametrize("case", ["REQ-15"])
def test_what_no_identifier_leads_to_is_named(case: str) -> None:
    customer = store("customer", Tie("email"), email="identity")
    orders = store("orders", Tie("customer_id", "customer"), customer_id="identity")
    notes = store("notes", text="profile")
    registry = Registry()
    registry.declare(customer, orders, notes)
    models = {"customer": ["email"], "orders": ["customer_id"], "notes": ["text"]}
    assert problems(registry, models) == [CASES[case]["expected"]["error"]]


def test_tables_that_only_lead_to_each_other_lead_to_nobody() -> None:
    assert unreachable([store("a", Tie("b", "b")), store("b", Tie("a", "a"))]) == ["a", "b"]
    assert unreachable([store("a", Tie("b", "b")), store("b", Tie("x", IDENTIFIER))]) == []


def test_a_field_that_nobody_classified_is_named() -> None:
    registry = Registry()
    registry.declare(store("customer", Tie("email"), email="identity", city="where"))
    assert problems(registry, {"customer": ["email", "birthday"]}) == [
        "unclassified: customer.birthday",
        "no such field: customer.city",
        "unknown category: customer.city",
    ]


def test_how_it_is_exported_and_erased_or_why_it_is_not_personal_must_be_said() -> None:
    registry = Registry()
    registry.declare(Store("a", "a", "profile", (Tie("x"),), {}, exported="", erased=""), NotPersonal("b", ""))
    assert problems(registry, {}) == ["undeclared: how a is exported", "undeclared: how a is erased", "no reason: b"]
