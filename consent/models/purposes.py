"""What personal data may be used for, and what people are told of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

BASES = ("consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest")


class Purpose(models.Model):
    """One purpose. The tree is in the key: the parent of `marketing.email` is `marketing`."""

    key = models.TextField(primary_key=True)
    name = models.JSONField(default=dict, help_text="Language to name.")
    text = models.JSONField(default=dict, blank=True, help_text="Language to what it means for the person.")
    legal_basis = models.TextField(choices=[(basis, basis) for basis in BASES])
    default = models.TextField(help_text="`allowed` or `denied`: what holds when nobody was asked.")
    categories = ArrayField(
        models.TextField(), default=list, blank=True, help_text="Data categories it may see; `*`: all."
    )
    channels = ArrayField(models.TextField(), default=list, blank=True, help_text="Channels that it is about.")
    address_type = models.TextField(
        blank=True,
        default="",
        help_text="The identifier type that each decision is about, such as email; empty: persons.",
    )
    least_assurance = models.TextField(default="device", help_text="`identified` or `device`: needed to show traits.")
    expires_after = models.TextField(blank=True, default="", help_text="ISO 8601 duration after which a grant ends.")
    reask_after = models.TextField(blank=True, default="P12M", help_text="How long a refusal is left in peace.")
    remind_after = models.TextField(blank=True, default="P13M", help_text="When a grant is brought to mind again.")
    regions = models.JSONField(default=dict, blank=True, help_text="Region to what differs there: {default}.")
    double_opt_in = models.BooleanField(
        default=False, help_text="A grant counts once its link was opened and confirmed."
    )
    notice = models.TextField(blank=True, default="", help_text="The notice that tells people of it.")

    class Meta:
        db_table = "purpose"
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"), name="purpose_key_dotted"
            ),
            models.CheckConstraint(condition=models.Q(legal_basis__in=BASES), name="purpose_basis_known"),
            models.CheckConstraint(condition=models.Q(default__in=["allowed", "denied"]), name="purpose_default_known"),
            models.CheckConstraint(
                condition=models.Q(least_assurance__in=["identified", "device"]), name="purpose_assurance_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """One version of what people are told, in one language. Never changed once it stands (a trigger sees to that)."""

    key = models.TextField()
    version = models.TextField()
    language = models.TextField(help_text="BCP 47.")
    text = models.TextField()
    sha256 = models.TextField(help_text="Of the text in UTF-8, in hexadecimal.")
    terms = models.JSONField(
        default=dict, blank=True, help_text="What a record needs: controllers, retention and such."
    )
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notice"
        ordering = ["key", "version", "language"]
        constraints = [models.UniqueConstraint(fields=["key", "version", "language"], name="notice_once")]


class ConsentAge(models.Model):
    """From which age on a person consents alone, by country."""

    country = models.TextField(primary_key=True, help_text="ISO 3166, upper case; `*`: all others.")
    years = models.IntegerField()

    class Meta:
        db_table = "consent_age"
        ordering = ["country"]
        constraints = [
            models.CheckConstraint(condition=models.Q(years__gte=0, years__lte=25), name="consent_age_sane"),
        ]
