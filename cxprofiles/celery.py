"""The workers' application, and the beat: a sweep finds what no bell announced."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxprofiles.settings")

DUE_SECONDS = 1.0
SWEEP_SECONDS = 1.0
REBUILD_SECONDS = 15.0

app = Celery("cxprofiles")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["tasks.intake", "tasks.identity", "tasks.consent"]
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
    "sweep the inbox": {"task": "intake.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
