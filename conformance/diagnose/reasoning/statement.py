"""What a diagnosis states: each statement with its evidence, its place in the octets, and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


class Evidence(Enum):
    """How a statement is known; the value is the word of reports."""

    PROVEN = "proven"
    """By computation: an authentication tag that verifies, or verifies under no key that could have been meant."""
    READ = "read"
    """It stands in the octets."""
    INFERRED = "inferred"
    """It follows from what stands there as the likeliest explanation; others are possible."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A kind of statement.

    Attributes:
        code: stable, kebab-case.
        title: what it is, in one line.
        explanation: what it stands for, and how it is recognised.
        suggestion: what to change where nothing better is known from the exchange.
    """

    code: str
    title: str
    explanation: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the device config that a statement suggests.

    Attributes:
        table: `association`, `hdlc`, `link` or `` for the top of the file.
        key: of the table.
        value: as TOML, ready to stand behind the equals sign; empty where the value has to be found out first.
    """

    table: str
    key: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about an exchange.

    Attributes:
        sign: its kind.
        severity: `error`, `warning` or `info`.
        evidence: how it is known.
        frame: number of the frame or PDU that shows it, from 1; 0 for the exchange as a whole.
        field: dotted path of the field that shows it; empty for the whole frame.
        octets: of that field, at most 16; empty where they are secret.
        message: what it means, with the facts.
        suggestion: what to change; empty where nothing needs to.
        changes: the same for a device config.
        exchange: number of the exchange in the conversation, from 1; 0 for all.
        weight: the higher, the earlier among statements of one severity and evidence.
    """

    sign: Sign
    severity: Severity
    evidence: Evidence
    frame: int
    field: str
    octets: bytes
    message: str
    suggestion: str = ""
    changes: tuple[Change, ...] = ()
    exchange: int = 0
    weight: int = 0

    @property
    def code(self) -> str:
        """Stable, kebab-case."""
        return self.sign.code

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Sorts the gravest first, then what is best known."""
        evidence = tuple(Evidence).index(self.evidence)
        return SEVERITIES.index(self.severity), evidence, -self.weight, self.frame
