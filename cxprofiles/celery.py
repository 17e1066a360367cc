"""The workers' application, and the beat: a sweep finds what no bell announced."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxprofiles.settings")

DUE_SECONDS = 1.0
SENDING_SECONDS = 1.0
TIDYING_SECONDS = 60.0
SWEEP_SECONDS = 1.0
REBUILD_SECONDS = 15.0
REMINDING_SECONDS = 3600.0

HEAD_SECONDS = 60.0
RETENTION_SECONDS = 3600.0

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
]
app.conf.beat_schedule = {
    # A sweep that waits longer than its turn is worth nothing: the next one does its work.
    "rebuild what a change of rules left behind": {
        "task": "identity.rebuild",
        "schedule": REBUILD_SECONDS,
        "options": {"expires": REBUILD_SECONDS},
    },
    "apply decisions whose time has come": {
        "task": "consent.apply_due",
        "schedule": DUE_SECONDS,
        "options": {"expires": DUE_SECONDS},
    },
    "send messages to people": {
        "task": "messages.send",
        "schedule": SENDING_SECONDS,
        "options": {"expires": SENDING_SECONDS},
    },
    "forget proofs and visits that are over": {
        "task": "messages.tidy",
        "schedule": TIDYING_SECONDS,
        "options": {"expires": TIDYING_SECONDS},
    },
    "tell recipients": {"task": "recipients.send", "schedule": DUE_SECONDS, "options": {"expires": DUE_SECONDS}},
    "remove what recipients were told": {
        "task": "recipients.empty",
        "schedule": TIDYING_SECONDS,
        "options": {"expires": TIDYING_SECONDS},
    },
    "ask who came of age": {
        "task": "consent.ask_of_age",
        "schedule": RETENTION_SECONDS,
        "options": {"expires": RETENTION_SECONDS},
    },
    "remove what is past its time": {
        "task": "retention.apply",
        "schedule": RETENTION_SECONDS,
        "options": {"expires": RETENTION_SECONDS},
    },
    "sign the state of the audit log": {
        "task": "audit.sign_head",
        "schedule": HEAD_SECONDS,
        "options": {"expires": HEAD_SECONDS},
    },
    "tell callers of a protocol": {
        "task": "protocols.tell",
        "schedule": DUE_SECONDS,
        "options": {"expires": DUE_SECONDS},
    },
    "execute privacy requests": {
        "task": "privacy.sweep",
        "schedule": DUE_SECONDS,
        "options": {"expires": DUE_SECONDS},
    },
    "remind of privacy requests": {
        "task": "privacy.remind",
        "schedule": REMINDING_SECONDS,
        "options": {"expires": REMINDING_SECONDS},
    },
    "sweep the inbox": {"task": "intake.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
