"""What staff set: one version number over all of it, and a trail of each change."""

from django.db import models


class ConfigurationVersion(models.Model):
    """One row. Every change of sources, keys, tokens, types or rules raises it.

    Processes hold the configuration in memory and learn from this number, read along with
    their own query, that it is stale: a revoked key ends at once without a query of its own.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)
    rebuild_wanted = models.BooleanField(
        default=False, help_text="A change of rules is not applied yet to what was stored before it."
    )

    class Meta:
        db_table = "configuration_version"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_version_row")]


class ConfigurationChange(models.Model):
    """Who changed which setting when, from what to what. Holds no personal data and no secret."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.TextField()
    subject = models.TextField(help_text="For example `identifier_type:email`.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "configuration_change"
        ordering = ["-id"]
