"""What the doors count. No label holds anything that a caller could choose.

Where processes share their counters each count is a write to a mapped file, so nothing is counted twice: that a door
answered at all is the count of `SECONDS`. Children are looked up once, a lookup being as dear as a count.
"""

from prometheus_client import Counter, Histogram

REFUSALS = Counter("cxprofiles_door_refusals", "Answers of a hot door other than 200, by status.", ["door", "status"])
SECONDS = Histogram(
    "cxprofiles_door_seconds",
    "How long a hot door took, body and database included.",
    ["door"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
EVENTS = Counter("cxprofiles_intake_events", "Events accepted, by wire format.", ["dialect"])
OVERSIZE = Counter("cxprofiles_intake_events_oversize", "Events accepted for the quarantine, being too large.")
RECOGNITIONS = Counter("cxprofiles_recognitions", "Recognitions answered, by status.", ["status"])

recognitions = {
    status: RECOGNITIONS.labels(status) for status in ("known", "anonymous", "ambiguous", "withheld", "unknown")
}
events = {dialect: EVENTS.labels(dialect) for dialect in ("segment", "posthog", "jitsu", "cloudevents")}
