"""What people ask of their data, and how it went. No row names anybody once it is closed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from consent.requests.kinds import IDENTITY_LEVELS, REGULATIONS, SOURCES, STATES, TYPES


class PrivacyRequest(models.Model):
    """One request. `subject` is sealed (consent/sealing.py) and emptied when the request is closed."""

    id = models.UUIDField(primary_key=True)
    type = models.TextField(choices=[(one, one) for one in TYPES])
    source = models.TextField(choices=[(one, one) for one in SOURCES])
    state = models.TextField(choices=[(one, one) for one in STATES], default="received")
    regulation = models.TextField(choices=[(one, one) for one in REGULATIONS])
    region = models.TextField(blank=True, default="", help_text="ISO 3166 of the person, such as DE or US-CA.")
    language = models.TextField(default="en", help_text="BCP 47: of letters and messages.")
    requester = models.TextField(help_text="`token:NAME`, `staff:ID`, `person`, `opendsr:ID`, `drp:AGENT`.")
    external_id = models.TextField(blank=True, default="", help_text="The requester's own number of it.")

    received_at = models.DateTimeField()
    acknowledge_by = models.DateField(null=True, help_text="The law wants receipt confirmed by this day.")
    internal_due_on = models.DateField(help_text="The strict day, which staff work to.")
    due_on = models.DateField(help_text="The legal day: rolled to a working day, extensions included.")
    latest_on = models.DateField(help_text="The last day that any extension can reach.")
    acknowledged_at = models.DateTimeField(null=True)

    identity_needed = models.TextField(choices=[(one, one) for one in IDENTITY_LEVELS])
    identity_level = models.TextField(choices=[(one, one) for one in IDENTITY_LEVELS], default="none")
    identity_method = models.TextField(blank=True, default="", help_text="How it was checked, in a word.")
    verified_at = models.DateTimeField(null=True)

    execute_after = models.DateTimeField(null=True, help_text="The end of the cooling-off.")
    needs_approval = models.BooleanField(default=False)
    approved_by = models.TextField(blank=True, default="")
    executing_since = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True, help_text="When its execution last went on or failed.")
    attempts = models.IntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    reason = models.TextField(blank=True, default="", help_text="Why it was denied, cancelled or expired: a code.")
    explanation = models.TextField(blank=True, default="", help_text="In words, for the letter.")
    duplicate_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")

    subject = models.BinaryField(null=True, help_text="Sealed JSON: identifiers and details.")
    scope = models.JSONField(default=dict, help_text="Evidence group to identifier ids; numbers only.")
    result = models.JSONField(default=dict, help_text="Counts by store, and gaps; no personal data.")
    policy_version = models.TextField(help_text="Of the rules that it is judged by.")

    class Meta:
        db_table = "privacy_request"
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(type__in=TYPES), name="request_type_known"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="request_state_known"),
            models.CheckConstraint(condition=models.Q(source__in=SOURCES), name="request_source_known"),
            models.CheckConstraint(
                condition=~models.Q(state="duplicate") | models.Q(duplicate_of__isnull=False),
                name="request_duplicate_named",
            ),
            models.UniqueConstraint(
                fields=["requester", "external_id"],
                condition=~models.Q(external_id=""),
                name="request_external_id_once",
            ),
        ]
        indexes = [
            # The officer's list, and what is due or overdue.
            models.Index(fields=["due_on"], name="request_due", condition=models.Q(closed_at__isnull=True)),
            models.Index(fields=["-received_at", "-id"], name="request_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.received_at:%Y-%m-%d}"


class RequestSubject(models.Model):
    """Whom a request is about, as keyed hashes (consent/pseudonyms.py): who proves an identifier finds theirs."""

    pk = models.CompositePrimaryKey("request_id", "digest")
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="subjects", db_index=False)
    digest = models.BinaryField(max_length=32)
    key_version = models.SmallIntegerField()

    class Meta:
        db_table = "privacy_request_subject"
        indexes = [
            # The requests of somebody who proved an identifier.
            models.Index(fields=["digest"], name="request_by_subject"),
        ]


class RequestClaim(models.Model):
    """Holds the place of the one active request of a type for each identifier of a person."""

    pk = models.CompositePrimaryKey("type", "digest")
    type = models.TextField()
    digest = models.BinaryField(max_length=32)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="claims")

    class Meta:
        db_table = "privacy_request_claim"


class RequestEvent(models.Model):
    """One step in the life of a request: who did what when. Never changed; holds no personal data."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    actor = models.TextField()
    name = models.TextField(help_text="Such as verified, approved, extended, reminded, mail_sent.")
    from_state = models.TextField(blank=True, default="")
    to_state = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "privacy_request_event"
        ordering = ["id"]


class RequestExtension(models.Model):
    """More time, said within the first period with the reason. Once a request."""

    request = models.OneToOneField(PrivacyRequest, on_delete=models.CASCADE, primary_key=True, related_name="extension")
    reason = models.TextField()
    noticed_at = models.DateTimeField()
    actor = models.TextField()
    due_before = models.DateField()
    due_on = models.DateField()

    class Meta:
        db_table = "privacy_request_extension"


class RequestAppeal(models.Model):
    """The person objects to how a request ended. It has a clock of its own."""

    id = models.UUIDField(primary_key=True)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="appeals")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    reason = models.BinaryField(null=True, help_text="Sealed: the person's words; emptied when it is decided.")
    state = models.TextField(default="received", help_text="received, upheld or rejected.")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")
    outcome = models.TextField(blank=True, default="", help_text="The answer, in words.")

    class Meta:
        db_table = "privacy_request_appeal"
        constraints = [
            # One appeal at a time.
            models.UniqueConstraint(
                fields=["request"], condition=models.Q(state="received"), name="request_appeal_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "upheld", "rejected"]), name="request_appeal_state_known"
            ),
        ]


class RequestStep(models.Model):
    """What one store answered to a request: the execution goes on where it stopped."""

    pk = models.CompositePrimaryKey("request_id", "store", "part")
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="steps", db_index=False)
    store = models.TextField()
    part = models.TextField(default="", help_text="The evidence groups that it was for.")
    state = models.TextField(default="pending", help_text="pending, done or failed.")
    rows = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0, help_text="Rows of which something is kept under a legal hold.")
    problem = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "privacy_request_step"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "done", "failed"]), name="step_state_known"
            ),
        ]


class Package(models.Model):
    """What an access or portability request gave out. Fetched once by a link; its content is sealed."""

    id = models.UUIDField(primary_key=True)
    request = models.OneToOneField(PrivacyRequest, on_delete=models.CASCADE, related_name="package")
    digest = models.BinaryField(max_length=32, unique=True, help_text="Of the link's token: SHA-256.")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    size = models.BigIntegerField()

    class Meta:
        db_table = "privacy_package"
        indexes = [models.Index(fields=["expires_at"], name="package_expiry")]


class PackagePart(models.Model):
    """A piece of a package, in order, sealed."""

    pk = models.CompositePrimaryKey("package_id", "number")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "privacy_package_part"


class PrivacyTask(models.Model):
    """Something that a human must see to, such as an upstream that keeps sending somebody who was erased."""

    kind = models.TextField(help_text="upstream_keeps_sending, recipient_failed, guardian_reconfirm and such.")
    subject = models.TextField(help_text="The source's or recipient's name; never a person.")
    opened_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    count = models.BigIntegerField(default=1)
    detail = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(blank=True, default="")

    class Meta:
        db_table = "privacy_task"
        ordering = ["-opened_at"]
        constraints = [
            # One open task for each cause, however often it comes up.
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at__isnull=True), name="privacy_task_one_open"
            ),
        ]


class GpcOptOut(models.Model):
    """An identifier whose browser said Global Privacy Control: an opt-out request that is to be recorded once."""

    identifier_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    request = models.ForeignKey(PrivacyRequest, null=True, on_delete=models.SET_NULL)

    class Meta:
        db_table = "gpc_opt_out"
        indexes = [
            # Those that no request was made of yet.
            models.Index(fields=["at"], name="gpc_opt_out_new", condition=models.Q(request__isnull=True)),
        ]


class Caller(models.Model):
    """Another organisation that sends requests by a protocol: an OpenDSR controller or a DRP authorised agent."""

    protocol = models.TextField(help_text="opendsr or drp.")
    name = models.TextField(help_text="The controller's or the agent's id.")
    display_name = models.TextField(blank=True, default="")
    token_digest = models.BinaryField(max_length=32, null=True, unique=True, help_text="SHA-256 of its bearer token.")
    verify_key = models.TextField(blank=True, default="", help_text="Ed25519, base64 (DRP).")
    certificate = models.TextField(blank=True, default="", help_text="X.509, PEM: signs the callbacks that it sends.")
    callback_hosts = ArrayField(models.TextField(), default=list, blank=True, help_text="Where callbacks may go.")
    created_at = models.DateTimeField(db_default=Now())
    key_set_at = models.DateTimeField(null=True, blank=True)
    setup_issued_at = models.DateTimeField(
        null=True, blank=True, help_text="Of the last key setup (DRP): no older one."
    )
    setup_digest = models.BinaryField(max_length=32, null=True, help_text="Of its message: SHA-256. It counts once.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "privacy_caller"
        constraints = [
            models.UniqueConstraint(fields=["protocol", "name"], name="privacy_caller_once"),
            models.CheckConstraint(condition=models.Q(protocol__in=["opendsr", "drp"]), name="privacy_caller_protocol"),
        ]


class ProtocolReceipt(models.Model):
    """What a protocol's caller was answered to a request, so that a repetition gets the same."""

    request = models.OneToOneField(
        PrivacyRequest, on_delete=models.CASCADE, primary_key=True, related_name="protocol_receipt"
    )
    caller = models.ForeignKey(Caller, null=True, on_delete=models.PROTECT)
    body_digest = models.BinaryField(max_length=32, help_text="Keyed hash of the body: another body is a conflict.")
    answer = models.JSONField(help_text="Body and headers, without the person's identifiers; or sealed text.")
    sealed = models.BinaryField(null=True, help_text="What of the answer names the person; emptied at the end.")
    callback_urls = ArrayField(models.TextField(), default=list, blank=True, help_text="Whom each change is told.")
    told = models.TextField(blank=True, default="", help_text="The state in the protocol's words that was told last.")
    watched = models.BooleanField(default=False, help_text="Changes are still to come that somebody is to be told of.")

    class Meta:
        db_table = "privacy_protocol_receipt"
        indexes = [
            # Those whose callers may have to be told of a change.
            models.Index(fields=["request"], name="receipt_watched", condition=models.Q(watched=True)),
        ]


class Callback(models.Model):
    """A status callback that is owed to a caller."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="callbacks")
    url = models.TextField()
    status = models.TextField(help_text="The protocol's word for what is told.")
    state = models.TextField(default="pending", help_text="pending, sent or failed.")
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "privacy_callback"
        indexes = [
            models.Index(fields=["next_at"], name="callback_due", condition=models.Q(state="pending")),
        ]
