"""The advisory locks of the service, each with its own number: two uses of one number would wait for each other."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """What a lock is for. Numbers are never used again for something else: versions run side by side for a while."""

    RESOLVER_LANE = 7166029403001
    REBUILD = 7166029403002
    GATE = 7166029403003
    AUDIT_LOG = 7166029403004
    REQUEST_PLACES = 7166029403005
    DELIVERIES = 7166029403006
    RETENTION = 7166029403007
    REVIEW = 7166029403008
