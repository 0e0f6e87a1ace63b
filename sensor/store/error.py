"""Errors of the store: a sentence for people that ends with what to do. Costs nothing to import."""

from __future__ import annotations


class StoreError(Exception):
    """The inventory could not be opened, read or written. passing: it may be well again in a moment."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class UnknownDeviceError(LookupError):
    """No device, or more than one, has the id that was asked for."""


class UnknownDecisionError(LookupError):
    """There is no decision of that number."""
