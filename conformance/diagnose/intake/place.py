"""Where in a file something stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a capture.

    Attributes:
        unit: what is counted: `line`, `packet`, `frame` or `octet`.
        number: counted from 1; of an octet, its offset from 0.
        last: of the last line or packet, where it spans several; else 0.
        column: in the line, counted from 1; 0 where that says nothing.
    """

    unit: str
    number: int
    last: int = 0
    column: int = 0

    def __str__(self) -> str:
        span = f"{self.unit}s {self.number} to {self.last}" if self.last > self.number else f"{self.unit} {self.number}"
        return f"{span}, column {self.column}" if self.column else span


WHOLE = Place("file", 0)
"""The file as such."""
