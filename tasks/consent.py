"""When decisions take effect or end by themselves."""

from celery import shared_task

from profiles.consents.coming_of_age import ask_who_came_of_age
from profiles.consents.taking import apply_due


@shared_task(name="consent.apply_due", ignore_result=True)
def apply_what_is_due() -> None:
    """Let profiles fall apart or come together whose people said so for a time, or from an instant on."""
    while apply_due():
        pass


@shared_task(name="consent.ask_of_age", ignore_result=True)
def ask_of_age() -> None:
    """Ask those who came of age whether what a guardian agreed to shall go on."""
    ask_who_came_of_age()
