"""What a diagnosis is made of: statements about an exchange, each with the place that shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about an exchange.

    Attributes:
        code: stable, kebab-case.
        severity: `error`, `warning` or `info`.
        index: of the APDU or frame that shows it, in the sequence that was given.
        field: dotted path of the field that shows it; empty where it is the whole.
        message: what it means.
        suggestion: what to change.
    """

    code: str
    severity: str
    index: int
    field: str
    message: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sign stands for."""

    code: str
    message: str
    suggestion: str

    def finding(self, index: int, field: str, severity: str = "error") -> Finding:
        """The statement that the sign was seen at a place."""
        return Finding(self.code, severity, index, field, self.message, self.suggestion)
