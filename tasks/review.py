"""When cases for stewards are looked for."""

from celery import shared_task

from profiles.review.finding import find_cases


@shared_task(name="review.find", ignore_result=True)
def find() -> None:
    """Find what the rules could not settle, and close what settled itself."""
    find_cases()
