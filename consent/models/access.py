"""Who looked at whose data, for what."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class AccessLog(models.Model):
    """One read of personal data: who, which profile, which purpose, which fields, when."""

    id = models.UUIDField(primary_key=True, help_text="The decision id that the answer carried.")
    at = models.DateTimeField()
    actor = models.TextField(help_text="`token:NAME` or `staff:ID`.")
    operation = models.TextField()
    profile_id = models.UUIDField(null=True)
    purpose = models.TextField()
    allowed = models.BooleanField()
    fields = models.TextField(blank=True, default="")

    class Meta:
        db_table = "access_log"
        indexes = [
            models.Index(fields=["profile_id", "-at"], name="access_log_by_profile"),
            # What is past its time: rows come in nearly by their time, so a few blocks tell.
            BrinIndex(fields=["at"], name="access_log_age", autosummarize=True),
            # What members of staff read, all of them and one: few rows among those of every recognition. The ids begin
            # with the time.
            models.Index(fields=["-id"], name="access_log_staff", condition=models.Q(actor__startswith="staff:")),
            models.Index(
                fields=["actor", "-id"], name="access_log_of_staff", condition=models.Q(actor__startswith="staff:")
            ),
        ]
