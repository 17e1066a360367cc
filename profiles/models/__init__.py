"""The tables of the pipeline, in its order."""

from profiles.models.configuration import ConfigurationChange, ConfigurationVersion
from profiles.models.golden import Card, Fold, TraitFact, TraitRule
from profiles.models.identity import Decision, Identifier, IdentifierType, Link
from profiles.models.intake import CollectionDrop, Inbox, Interaction, Quarantine, Source, SourceKey, SourceMinute
from profiles.models.review import ReviewCase, ReviewHint, ReviewPosition, ReviewProposal

__all__ = [
    "Card",
    "CollectionDrop",
    "ConfigurationChange",
    "ConfigurationVersion",
    "Decision",
    "Fold",
    "Identifier",
    "IdentifierType",
    "Inbox",
    "Interaction",
    "Link",
    "Quarantine",
    "ReviewCase",
    "ReviewHint",
    "ReviewPosition",
    "ReviewProposal",
    "Source",
    "SourceKey",
    "SourceMinute",
    "TraitFact",
    "TraitRule",
]
