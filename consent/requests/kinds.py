"""The words of privacy requests: what can be asked, through what, and what becomes of it (consent.md). Pure."""

ACCESS = "access"
PORTABILITY = "portability"
RECTIFICATION = "rectification"
ERASURE = "erasure"
RESTRICTION = "restriction"  # and its lifting: details.lift
OBJECTION = "objection"
OPT_OUT = "opt_out_sale_share"
LIMIT = "limit_sensitive"
WITHDRAW = "withdraw_consent"
APPEAL = "appeal"
TYPES = (
    ACCESS,
    PORTABILITY,
    RECTIFICATION,
    ERASURE,
    RESTRICTION,
    OBJECTION,
    OPT_OUT,
    LIMIT,
    WITHDRAW,
    APPEAL,
)
SOURCES = ("pages", "staff", "api", "opendsr", "drp", "gpc")
REGULATIONS = ("gdpr", "ccpa")

# How sure it is that the person who asks is the one whom the data is about: nobody checked; somebody vouches for
# possession of the identifier (a code, a link, a signed-in session); a document or more than one proof was seen.
NONE, VERIFIED, DOCUMENT = "none", "verified", "document"
IDENTITY_LEVELS = (NONE, VERIFIED, DOCUMENT)
IDENTITY_NEEDED = {
    OPT_OUT: NONE,
    LIMIT: NONE,
    OBJECTION: NONE,
    WITHDRAW: NONE,
    APPEAL: NONE,
    ACCESS: VERIFIED,
    PORTABILITY: VERIFIED,
    RECTIFICATION: VERIFIED,
    ERASURE: VERIFIED,
    RESTRICTION: VERIFIED,
}

RECEIVED = "received"
IDENTITY_CHECK = "identity_check"
IN_PROGRESS = "in_progress"
AWAITING_APPROVAL = "awaiting_approval"
EXECUTING = "executing"
COMPLETED = "completed"
PARTIALLY_COMPLETED = "partially_completed"
DENIED = "denied"
CANCELLED = "cancelled"
EXPIRED = "expired"
DUPLICATE = "duplicate"
STATES = (
    RECEIVED,
    IDENTITY_CHECK,
    IN_PROGRESS,
    AWAITING_APPROVAL,
    EXECUTING,
    COMPLETED,
    PARTIALLY_COMPLETED,
    DENIED,
    CANCELLED,
    EXPIRED,
    DUPLICATE,
)
CLOSED = frozenset({COMPLETED, DENIED, CANCELLED, EXPIRED, DUPLICATE})

# Why a request is denied (Data Rights Protocol 1.0, 3.02, and the exceptions of GDPR article 17(3)).
DENIALS = (
    "suspected_fraud",
    "insuf_verification",
    "no_match",
    "claim_not_covered",
    "outside_jurisdiction",
    "too_many_requests",
    "legal_obligation",
    "legal_claims",
    "public_interest",
    "free_expression",
    "manifestly_unfounded",
    "other",
)

# How data is tied to the identifier that was verified. The first two are done by themselves; the rest is for review.
ITSELF = "itself"
DETERMINISTIC = "deterministic"
PROBABLE = "probable"
DEVICE_ONLY = "device_only"
SHARED = "shared"
GROUPS = (ITSELF, DETERMINISTIC, PROBABLE, DEVICE_ONLY, SHARED)
AUTOMATIC = frozenset({ITSELF, DETERMINISTIC})

# What recipients are told of.
TOLD = frozenset({ERASURE, RECTIFICATION, RESTRICTION, OBJECTION, OPT_OUT, LIMIT, WITHDRAW})
# What takes a while, and so is done by a worker; all else is in force when the answer is given.
BY_WORKER = frozenset({ACCESS, PORTABILITY, ERASURE})

POLICY_VERSION = "2026.1"
