"""When the state of the audit log is signed."""

from celery import shared_task

from consent.audit.heads import sign_head


@shared_task(name="audit.sign_head", ignore_result=True)
def sign_audit_head() -> None:
    """Sign the audit log as it is now, if it has grown since."""
    sign_head()
