"""Who may call: service tokens; what staff may do, and when they signed in."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from cxprofiles.backoffice.rights import MEANINGS


class ApiToken(models.Model):
    """A service's bearer token, held as its SHA-256."""

    class Scope(models.TextChoices):
        RECOGNISE = "recognise"
        PROFILES_READ = "profiles:read"
        PROFILES_WRITE = "profiles:write"
        CONSENT_WRITE = "consent:write"
        PRIVACY = "privacy"
        ADMIN = "admin"

    name = models.TextField()
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.TextField(help_text="The last four characters.")
    scopes = ArrayField(models.TextField(choices=Scope.choices))
    purposes = ArrayField(models.TextField(), null=True, blank=True, help_text="Empty: any purpose.")
    channels = ArrayField(models.TextField(), null=True, blank=True, help_text="Empty: any channel.")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "api_token"
        indexes = [models.Index(fields=["name"], name="api_token_name")]
        constraints = [
            # Access logs name a token: no two that are valid may share a name.
            models.UniqueConstraint(fields=["name"], condition=models.Q(revoked_at=None), name="api_token_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class StaffRight(models.Model):
    """No table: what the back office's rights hang on as Django permissions (cxprofiles/backoffice/rights.py)."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [(right.value, f"May {meaning}") for right, meaning in MEANINGS.items()]

    def __str__(self) -> str:
        return "rights of staff"


class StaffSignIn(models.Model):
    """A line of who came in, who left, and who tried."""

    class Event(models.TextChoices):
        SIGNED_IN = "signed_in"
        SIGNED_OUT = "signed_out"
        ENDED = "ended"  # left alone too long, or too old
        PASSWORD_FAILED = "password_failed"  # noqa: S105 - no password
        CODE_FAILED = "code_failed"
        NOT_INVITED = "not_invited"  # known to the provider of single sign-on, and to nobody here

    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    event = models.TextField(choices=Event.choices)
    method = models.TextField(blank=True, help_text="As in: password, totp.")
    address = models.GenericIPAddressField()

    class Meta:
        db_table = "staff_sign_in"
        indexes = [
            # The last lines about one person, and the oldest of all, which are let go.
            models.Index(fields=["user", "-at"], name="staff_sign_in_person"),
            models.Index(fields=["at"], name="staff_sign_in_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.at:%Y-%m-%d %H:%M}"
