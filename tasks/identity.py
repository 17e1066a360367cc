"""When identity is recomputed as a whole."""

from celery import shared_task

from profiles.configuration import rebuild_is_wanted
from profiles.identity import rebuild as identity_rebuild


@shared_task(name="identity.rebuild", ignore_result=True)
def rebuild() -> None:
    """Recompute every profile if a change of rules waits for it. The beat asks again, so a lost task delays only."""
    if rebuild_is_wanted():
        identity_rebuild.rebuild_unless_running()
