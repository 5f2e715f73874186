"""What a subtest selects of the buffer of a profile, as a value: access parameters, and the rows that are accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, target
from conformance.tester.profile_rows import Buffer, Column, Row, difference

RANGE = 1
"""Access selector of class 7: by range."""
ENTRY = 2
"""Access selector of class 7: by entry."""
SMALL_PDU_OCTETS = 128
"""With this client-max-receive-pdu-size a part of a buffer needs several blocks."""


def _offered(claim: Claim) -> bool:
    bits = claim.association.conformance
    if claim.association.short_names:
        return bits >= {ConformanceBit.READ, ConformanceBit.PARAMETERIZED_ACCESS}
    return bits >= {ConformanceBit.GET, ConformanceBit.SELECTIVE_ACCESS}


selective_access = target("profile") & Condition(
    "conformance get and selective-access; with short names read and parameterized-access", _offered
)


class Mechanism(Enum):
    """How a selection travels."""

    AS_USUAL = "in whatever the meter sends long values in"
    SMALL_PDU = "in blocks, with a small PDU"
    GENERAL_BLOCKS = "in general blocks"


class Refusal(Enum):
    """Whether the meter may refuse with a data-access-result, an exception-response or a service error."""

    NEVER = "not accepted"
    TOLERATED = "accepted under the tolerant profile"
    ACCEPTED = "accepted"


class CannotSelect(Exception):
    """The buffer holds nothing that the selection could be told apart by; says what is missing."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Rows that are accepted.

    Attributes:
        words: what they are.
        rows: they themselves; None where only their number is known.
        count: how many they are.
        tolerated: only under the tolerant profile of acceptance.
    """

    words: str
    rows: tuple[Row, ...] | None
    count: int
    tolerated: bool = False

    @classmethod
    def of(cls, words: str, rows: Sequence[Row], *, tolerated: bool = False) -> Expected:
        """Exactly these rows."""
        return cls(words, tuple(rows), len(rows), tolerated)

    def difference(self, found: Sequence[Row]) -> str | None:
        """How `found` differs, in words; None when it is accepted."""
        if self.rows is not None:
            return difference(found, self.rows)
        return None if len(found) == self.count else f"{len(found)} rows, expected are {self.count}"


NO_ROWS = Expected.of("no rows", ())


@dataclass(frozen=True, slots=True)
class Asked:
    """A selection made for one buffer.

    Attributes:
        selector: the access selector.
        parameters: as the selector wants them, or not.
        columns: those of the rows that come.
        capture_period_s: of the buffer.
        accepted: rows that are accepted, the standard's own answer first; none where only a refusal is.
        refusal: whether an error is accepted.
    """

    selector: int
    parameters: Data
    columns: tuple[Column, ...]
    capture_period_s: int
    accepted: tuple[Expected, ...]
    refusal: Refusal = Refusal.NEVER

    def words(self, *, tolerant: bool) -> str:
        """What is accepted."""
        told = [item.words for item in self.accepted if tolerant or not item.tolerated]
        return " or ".join([*told, *(["a refusal"] if self.refusable(tolerant=tolerant) else [])])

    def refusable(self, *, tolerant: bool) -> bool:
        """Whether an error is accepted."""
        return self.refusal is Refusal.ACCEPTED or (tolerant and self.refusal is Refusal.TOLERATED)

    def fault(self, rows: Sequence[Row], *, tolerant: bool) -> str | None:
        """What is wrong with the rows that came, in words; None when they are accepted."""
        faults = [item.difference(rows) for item in self.accepted if tolerant or not item.tolerated]
        if None in faults:
            return None
        return next((fault for fault in faults if fault), f"{len(rows)} rows came")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a subtest selects.

    Attributes:
        make: the selection for the buffer that was found; it raises `CannotSelect`.
        mechanism: how it travels.
    """

    make: Callable[[Buffer], Asked]
    mechanism: Mechanism = Mechanism.AS_USUAL


def projected(rows: Sequence[Row], columns: Sequence[int]) -> list[Row]:
    """Only these columns of the rows."""
    return [tuple(row[index] for index in columns) for row in rows]


def told(count: int, columns: Sequence[int], buffer: Buffer, tolerated: bool = False) -> str:
    """So many rows of so many columns, in words."""
    some = "" if len(columns) == len(buffer.columns) else f" with column {', '.join(str(one + 1) for one in columns)}"
    return f"{count} row{'' if count == 1 else 's'} of the buffer{some}{' (tolerated)' if tolerated else ''}"
