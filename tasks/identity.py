"""When identity is recomputed as a whole."""

from celery import shared_task

from profiles.identity import rebuild as identity_rebuild


@shared_task(name="identity.rebuild", ignore_result=True)
def rebuild() -> dict[str, int]:
    """Recompute every profile, after the rules of a type or a trait changed."""
    return identity_rebuild.rebuild_identity().differences
