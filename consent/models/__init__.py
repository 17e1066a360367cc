"""The tables of consent."""

from consent.models.access import AccessLog

__all__ = ["AccessLog"]
