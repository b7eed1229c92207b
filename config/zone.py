"""The service zones of SPEC 4 and 6."""

from enum import StrEnum


class Zone(StrEnum):
    """Where a pickup address lies: it decides the pickup deadline and the dispatcher (SPEC 6)."""

    URBAN = "urban"  # 城区
    SUBURBAN = "suburban"  # 郊区
    OUTSIDE = "outside"  # not served
