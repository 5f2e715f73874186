"""The end of a meter that does not survive a request."""

from __future__ import annotations


class MeterCrashedError(Exception):
    """A defect that is switched on has crashed the meter's firmware; nothing in it answers any more."""
