"""Why a protected APDU is not taken."""

from __future__ import annotations


class UndecipherableError(Exception):
    """A protected APDU that does not open here: wrong key, title or tag, or protected less than the policy wants."""


class StaleCounterError(Exception):
    """An invocation counter that was used already.

    Attributes:
        expected: the lowest counter that would be taken.
    """

    def __init__(self, expected: int) -> None:
        super().__init__(f"invocation counter below {expected}")
        self.expected = expected
