"""Where the pipeline holds personal data (consent/stores.py)."""

from collections.abc import Iterable

from consent.stores import IDENTIFIER, NotPersonal, Store, Tie, personal, register

IDENTIFIERS = "profiles.Identifier"


def stores() -> Iterable[Store | NotPersonal]:
    """All of the tables of this app."""
    yield Store(
        IDENTIFIERS,
        "identifier",
        "identity",
        (Tie("value", IDENTIFIER),),
        personal(identity="id digest value profile_id root_id", none="type shared verified denied created_at"),
        exported="identifiers",
        erased="deleted, last of all",
        rows="id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Link",
        "link",
        "identity",
        (Tie("a_id", IDENTIFIERS), Tie("b_id", IDENTIFIERS)),
        personal(
            identity="a_id b_id",
            behaviour="first_at last_at count sources first_interaction last_interaction",
            none="a_type_id b_type_id verified probabilistic weight refused",
        ),
        exported="links",
        erased="deleted; what is left of the other end is derived anew",
        rows="a_id = ANY(%(ids)s) OR b_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Decision",
        "decision",
        "identity",
        (Tie("a_id", IDENTIFIERS), Tie("b_id", IDENTIFIERS)),
        personal(
            identity="a_id b_id verdict reason interaction_id",
            staff="actor withdrawn_by",
            none="id decided_at recorded_at withdrawn_at",
        ),
        exported="decisions",
        erased="deleted",
        rows="a_id = ANY(%(ids)s) OR b_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Interaction",
        "interaction",
        "behaviour",
        (Tie("anchor_id", IDENTIFIERS), Tie("identifier_ids", IDENTIFIERS)),
        personal(
            identity="message_id anchor_id identifier_ids",
            behaviour="type event occurred_at received_at context payload dropped_identifiers warnings",
            none="id source verified linkable dialect",
        ),
        exported="interactions",
        erased="deleted where it is on the person's timeline, whatever its date; where it is on another's, it is"
        " stripped of the person",
        rows="anchor_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.TraitFact",
        "trait_fact",
        "profile",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(
            identity="identifier_id",
            profile="name digest value",
            behaviour="first_at last_at count first_interaction last_interaction",
            none="source_id once",
        ),
        exported="traits",
        erased="deleted",
        rows="identifier_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Fold",
        "fold",
        "profile",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(identity="identifier_id", profile="state"),
        exported="not exported: it only repeats interactions, traits and decisions",
        erased="deleted",
        rows="identifier_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Card",
        "card",
        "profile",
        (Tie("root_id", IDENTIFIERS),),
        personal(
            identity="root_id profile_id",
            profile="known first_seen last_seen traits provenance counters",
            behaviour="recent",
            choice="consents restricted",
            none="bridged claimed contested",
        ),
        exported="profile",
        erased="deleted, first of all: from then on nobody is recognised",
        rows="root_id = ANY(%(ids)s)",
    )
    yield Store(
        "profiles.Inbox",
        "inbox",
        "behaviour",
        (Tie("body", IDENTIFIER),),
        personal(behaviour="context body", none="id source received_at dialect events"),
        exported="not exported: what waits there is an interaction a moment later",
        erased="worked off: an erasure waits until nothing is left of what was accepted before it",
    )
    yield Store(
        "profiles.Quarantine",
        "quarantine",
        "behaviour",
        (Tie("held_for", IDENTIFIERS), Tie("body", IDENTIFIER)),
        personal(identity="held_for", behaviour="context body", none="id source received_at dialect reason"),
        exported="held",
        erased="deleted, where it waits for the person or holds a value of theirs",
        rows="held_for = ANY(%(ids)s)",
    )
    yield from reviews()
    yield from nothing_personal()


def reviews() -> Iterable[Store]:
    """What the rules could not settle."""
    yield Store(
        "profiles.ReviewCase",
        "review_case",
        "identity",
        (Tie("identifier_ids", IDENTIFIERS),),
        personal(
            identity="key identifier_ids details note",
            staff="claimed_by claimed_until answered_by",
            none="id kind stake state opened_at last_at checked_at answer answered_at decision_ids withdrawn_ids",
        ),
        exported="reviews",
        erased="deleted with its note, whomever else it is about; a note elsewhere that names the person is emptied",
        rows="identifier_ids && %(ids)s::bigint[]",
    )
    yield Store(
        "profiles.ReviewProposal",
        "review_proposal",
        "identity",
        (Tie("a_ids", IDENTIFIERS), Tie("b_ids", IDENTIFIERS)),
        personal(
            identity="a_ids b_ids verdict reason note",
            staff="actor ended_by",
            none="id size proposed_at state ended_at decision_ids",
        ),
        exported="not exported: nothing followed from it; what did stands in `decisions`",
        erased="deleted",
        rows="a_ids && %(ids)s::bigint[] OR b_ids && %(ids)s::bigint[]",
    )
    yield Store(
        "profiles.ReviewHint",
        "review_hint",
        "identity",
        (Tie("a_id", IDENTIFIERS), Tie("b_id", IDENTIFIERS)),
        personal(identity="a_id b_id", none="id kind"),
        exported="not exported: a pair of numbers that waits a minute to be looked at",
        erased="deleted",
        rows="a_id = ANY(%(ids)s) OR b_id = ANY(%(ids)s)",
    )


def nothing_personal() -> Iterable[NotPersonal]:
    """The other tables."""
    yield NotPersonal("profiles.ConfigurationVersion", "One number.")
    yield NotPersonal("profiles.ConfigurationChange", "What staff set; settings name no consumer.")
    yield NotPersonal("profiles.TraitRule", "Names of traits and how they are chosen, never their values.")
    yield NotPersonal("profiles.IdentifierType", "Rules of types; blocked values are those that name nobody.")
    yield NotPersonal("profiles.Source", "Channel systems.")
    yield NotPersonal("profiles.SourceKey", "Keys of channel systems.")
    yield NotPersonal("profiles.ReviewPosition", "How far a search has come: a number, and of nobody in particular.")
    yield NotPersonal("profiles.SourceMinute", "Counts by source and minute.")
    yield NotPersonal("profiles.CollectionDrop", "Counts by source, purpose and day.")


register(*stores())
