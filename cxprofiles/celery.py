"""The workers' application, and the beat: a sweep finds what no bell announced."""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxprofiles.settings")

AT_ONCE_SECONDS = 1.0
REBUILD_SECONDS = 15.0
TIDYING_SECONDS = 60.0
HOURLY_SECONDS = 3600.0

app = Celery("cxprofiles")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = [
    "tasks.intake",
    "tasks.identity",
    "tasks.consent",
    "tasks.messages",
    "tasks.recipients",
    "tasks.audit",
    "tasks.retention",
    "tasks.protocols",
    "tasks.privacy",
    "tasks.review",
]


def every(seconds: float, task: str) -> dict[str, Any]:
    """A task that the beat asks for. One that waits longer than its turn is worth nothing: the next does its work."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "rebuild what a change of rules left behind": every(REBUILD_SECONDS, "identity.rebuild"),
    "apply decisions whose time has come": every(AT_ONCE_SECONDS, "consent.apply_due"),
    "send messages to people": every(AT_ONCE_SECONDS, "messages.send"),
    "forget proofs and visits that are over": every(TIDYING_SECONDS, "messages.tidy"),
    "find what the rules could not settle": every(TIDYING_SECONDS, "review.find"),
    "tell recipients": every(AT_ONCE_SECONDS, "recipients.send"),
    "remove what recipients were told": every(TIDYING_SECONDS, "recipients.empty"),
    "ask who came of age": every(HOURLY_SECONDS, "consent.ask_of_age"),
    "remove what is past its time": every(HOURLY_SECONDS, "retention.apply"),
    "sign the state of the audit log": every(TIDYING_SECONDS, "audit.sign_head"),
    "tell callers of a protocol": every(AT_ONCE_SECONDS, "protocols.tell"),
    "execute privacy requests": every(AT_ONCE_SECONDS, "privacy.sweep"),
    "remind of privacy requests": every(HOURLY_SECONDS, "privacy.remind"),
    "forget old figures of sources": every(HOURLY_SECONDS, "intake.tidy"),
    "sweep the inbox": every(AT_ONCE_SECONDS, "intake.sweep"),
}
