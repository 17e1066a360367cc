"""Where consent holds personal data (consent/stores.py)."""

from collections.abc import Iterable

from consent.stores import IDENTIFIER, NotPersonal, Store, Tie, personal, register

IDENTIFIERS = "profiles.Identifier"
REQUESTS = "consent.PrivacyRequest"
SEALED_AWAY = "emptied when the request is closed"
CASCADES = (Tie("request", REQUESTS),)


def ledger() -> Iterable[Store]:
    """What people decided."""
    yield Store(
        "consent.ConsentDecision",
        "consent_decision",
        "choice",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(
            identity="identifier_id",
            choice="purpose act_id state decided_at received_at expires_at ends_by_choice guardian signal proof",
            staff="actor",
            none="verified with_account problem source_id",
        ),
        exported="consents",
        erased="deleted, in a transaction that declares itself lawful",
        rows="identifier_id = ANY(%(ids)s)",
    )
    yield Store(
        "consent.UnificationDue",
        "unification_due",
        "choice",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(identity="identifier_id", choice="due_at"),
        exported="not exported: it follows from the decisions",
        erased="deleted",
        rows="identifier_id = ANY(%(ids)s)",
    )
    yield Store(
        "consent.Confirmation",
        "consent_confirmation",
        "choice",
        (Tie("asked", IDENTIFIERS),),
        personal(choice="act_id asked", none="digest requested_at expires_at confirmed_at"),
        exported="not exported: the decision that waits is exported",
        erased="deleted",
        rows="EXISTS (SELECT 1 FROM jsonb_array_elements_text(asked->'identifier_ids') AS one"
        " WHERE one.value = ANY(%(ids)s::text[]))",
    )
    yield Store(
        "consent.Receipt",
        "consent_receipt",
        "choice",
        (Tie("identifier_ids", IDENTIFIERS),),
        personal(identity="identifier_ids", choice="jws", none="id issued_at"),
        exported="receipts",
        erased="deleted where it names the person; their own copy stays verifiable",
        rows="EXISTS (SELECT 1 FROM jsonb_array_elements_text(identifier_ids) AS one"
        " WHERE one.value = ANY(%(ids)s::text[]))",
    )
    yield Store(
        "consent.AccessLog",
        "access_log",
        "behaviour",
        (Tie("profile_id", IDENTIFIERS),),
        personal(identity="profile_id", behaviour="at operation purpose allowed fields", staff="actor", none="id"),
        exported="accesses",
        erased="the profile is taken out: that somebody was looked at is still counted",
        rows="profile_id IN (SELECT profile_id FROM identifier WHERE id = ANY(%(ids)s))",
    )
    yield Store(
        "consent.GpcOptOut",
        "gpc_opt_out",
        "choice",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(identity="identifier_id", choice="at request"),
        exported="not exported: the refusal itself is among the consents",
        erased="deleted",
        rows="identifier_id = ANY(%(ids)s)",
    )
    yield Store(
        "consent.ReconfirmationAsked",
        "reconfirmation_asked",
        "choice",
        (Tie("identifier_id", IDENTIFIERS),),
        personal(identity="identifier_id", choice="purpose asked_at"),
        exported="not exported: it only says that a question was sent",
        erased="deleted",
        rows="identifier_id = ANY(%(ids)s)",
    )


def requests() -> Iterable[Store]:
    """What people asked for, and what was made for them."""
    yield Store(
        REQUESTS,
        "privacy_request",
        "choice",
        (Tie("subject", IDENTIFIER), Tie("scope", IDENTIFIERS)),
        personal(
            identity="subject scope external_id",
            choice="type region language requester reason explanation",
            staff="approved_by",
            none="id source state regulation received_at acknowledge_by internal_due_on due_on latest_on"
            " acknowledged_at identity_needed identity_level identity_method verified_at execute_after needs_approval"
            " executing_since attempted_at attempts closed_at duplicate_of result policy_version",
        ),
        exported="requests",
        erased="the subject is emptied when it is closed; dates, state and counts stay as the record of requests",
    )
    yield Store(
        "consent.RequestSubject",
        "privacy_request_subject",
        "identity",
        (Tie("digest", IDENTIFIER), *CASCADES),
        personal(identity="digest", none="request key_version"),
        exported="not exported: keyed hashes",
        erased="kept as keyed hashes, so that the person can ask what became of the request",
    )
    yield Store(
        "consent.RequestClaim",
        "privacy_request_claim",
        "identity",
        (Tie("digest", IDENTIFIER), *CASCADES),
        personal(identity="digest", none="type request"),
        exported="not exported: keyed hashes",
        erased="deleted when the request is over",
    )
    yield Store(
        "consent.RequestAppeal",
        "privacy_request_appeal",
        "choice",
        CASCADES,
        personal(choice="reason outcome", staff="decided_by", none="id request received_at due_on state decided_at"),
        exported="requests",
        erased=SEALED_AWAY,
    )
    yield Store(
        "consent.Package",
        "privacy_package",
        "profile",
        CASCADES,
        personal(none="id request digest made_at expires_at fetched_at size"),
        exported="not exported: it is the export",
        erased="deleted, for each request of the person",
    )
    yield Store(
        "consent.PackagePart",
        "privacy_package_part",
        "profile",
        (Tie("package", "consent.Package"),),
        personal(profile="content", none="package number"),
        exported="not exported: it is the export",
        erased="deleted, for each request of the person",
    )
    yield Store(
        "consent.ProtocolReceipt",
        "privacy_protocol_receipt",
        "identity",
        CASCADES,
        personal(identity="answer sealed", none="request caller body_digest callback_urls told watched"),
        exported="not exported: it repeats what the caller sent for the person",
        erased=SEALED_AWAY,
    )
    yield Store(
        "consent.IdentifierProof",
        "identifier_proof",
        "identity",
        (Tie("identifier", IDENTIFIER), *CASCADES),
        personal(
            identity="identifier subject",
            none="id link_digest code_digest request language created_at expires_at tries used_at",
        ),
        exported="not exported: it lasts ten minutes",
        erased="deleted",
    )
    yield Store(
        "consent.Visit",
        "visit",
        "identity",
        (Tie("identifiers", IDENTIFIER),),
        personal(identity="identifiers", none="digest created_at seen_at expires_at"),
        exported="not exported: it lasts as long as a visit to the pages",
        erased="ended: who comes again proves an identifier again",
    )
    yield Store(
        "consent.Message",
        "message",
        "message",
        (Tie("address", IDENTIFIER), *CASCADES),
        personal(identity="address", message="content", none="id request made_at next_at attempts problem"),
        exported="not exported: it was or will be sent to the person",
        erased="deleted, but for what the person is owed of the erasure itself, which goes when it is sent",
    )
    yield Store(
        "consent.Delivery",
        "delivery",
        "message",
        (Tie("content", IDENTIFIER), *CASCADES),
        personal(
            message="content",
            none="id recipient request act_id kind state attempts made_at next_at sent_at acknowledged_at problem",
        ),
        exported="recipients",
        erased="kept sealed until the recipient has taken it or it is given up, then emptied: it tells of the erasure",
    )
    yield Store(
        "consent.Certificate",
        "erasure_certificate",
        "identity",
        (Tie("request_id", REQUESTS),),
        personal(identity="content", none="request_id digest made_at expires_at"),
        exported="not exported: the person has it",
        erased="made by the erasure, sealed under the link that only the person has; deleted when it expires",
    )


def kept_by_law() -> Iterable[Store]:
    """What outlives an erasure."""
    yield Store(
        "consent.SuppressionEntry",
        "suppression_entry",
        "identity",
        (Tie("digest", IDENTIFIER),),
        personal(identity="digest", none="key_version erased_at lifted_at request_id"),
        exported="not exported: keyed hashes of those of whom nothing else is kept",
        erased="made by the erasure: the only thing that is left",
    )
    yield Store(
        "consent.HeldRecord",
        "held_record",
        "behaviour",
        (Tie("request_id", REQUESTS),),
        personal(behaviour="content occurred_at", none="id hold keep_until source_id request_id"),
        exported="not exported: nothing ties it to a person any more",
        erased="made by the erasure where a law says so; deleted on its day",
    )


def nothing_personal() -> Iterable[NotPersonal]:
    """The other tables."""
    reasons = {
        "AuditEntry": "Commitments, counts and versions; never whom they are about.",
        "AuditNode": "Hashes.",
        "AuditHead": "Hashes and signatures.",
        "RequestEvent": "Steps of a request by its number, without whom it is about.",
        "RequestExtension": "Dates and the reason of a delay.",
        "RequestStep": "Counts by store.",
        "PrivacyTask": "Names of sources and recipients, and counts.",
        "Caller": "Organisations that send requests.",
        "Callback": "Addresses of organisations.",
        "Purpose": "What data is used for.",
        "Notice": "Texts that everybody is shown.",
        "ConsentAge": "Ages by country.",
        "SigningKey": "Public keys.",
        "Recipient": "Systems that data is passed on to.",
        "LegalHold": "Rules.",
        "RetentionRule": "Rules.",
        "RetentionRun": "Counts.",
        "SuppressedCount": "Counts by source and day.",
        "ErasureLogPosition": "One number.",
    }
    return (NotPersonal(f"consent.{name}", reason) for name, reason in reasons.items())


def elsewhere() -> Iterable[Store | NotPersonal]:
    """What is no table."""
    yield NotPersonal("broker", "Tasks without arguments that name anybody; the rows of the database are the queue.")
    yield NotPersonal("logs", "Neither statements with their values nor texts of errors about data are logged.")
    yield Store(
        "erasure log",
        "",
        "identity",
        (Tie("digest", IDENTIFIER),),
        personal(identity="digest", none="at request_id"),
        exported="not exported: keyed hashes",
        erased="made by the erasure, outside of the database, for restored backups",
    )
    yield Store(
        "mail folder",
        "",
        "message",
        (Tie("to", IDENTIFIER),),
        personal(identity="to", message="subject text"),
        exported="not exported: it was sent to the person",
        erased="files to the person's addresses are deleted",
    )


register(*ledger(), *requests(), *kept_by_law(), *nothing_personal(), *elsewhere())
