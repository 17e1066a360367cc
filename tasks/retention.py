"""When what is past its time is removed."""

from celery import shared_task

from profiles.privacy.retention import apply_retention


@shared_task(name="retention.apply", ignore_result=True)
def apply() -> None:
    """Remove what is past its time, unless a run is under way."""
    apply_retention()
