"""What a meter can do wrong in general block transfer: each with a name that stays, a place, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ROOT = "general-block-transfer"


class FaultKind(StrEnum):
    """The faults by name."""

    BLOCK_NUMBER = "block-number"
    """A number that no block can have here: 0, or one beyond every window."""
    BLOCK_MISSING = "block-missing"
    """A block never came, though blocks behind it did."""
    REPEATED_WITHOUT_NEED = "repeated-without-need"
    """A block came again that had been acknowledged."""
    REPEATED_CHANGED = "repeated-changed"
    """A block came again with other data, or another last-block."""
    BEHIND_THE_LAST = "behind-the-last-block"
    """A block with data has a higher number than the last one."""
    LAST_BLOCK_MISSING = "last-block-missing"
    """The meter stopped, and no block was the last."""
    WINDOW_EXCEEDED = "window-exceeded"
    """A block came that is further on than the client has allowed: acknowledged number and window together."""
    WINDOW_ZERO = "window-zero"
    """The meter says that it takes no block, in a transfer that it must be answered in."""
    STREAMING = "streaming-bit"
    """Streaming is said of the last block of a window, or of the transfer, and the meter waits all the same."""
    ACKNOWLEDGED_NEVER_SENT = "acknowledged-never-sent"
    """block-number-ack is higher than any block sent."""
    ACKNOWLEDGED_TOO_LOW = "acknowledged-too-low"
    """block-number-ack is lower than what the meter has been sent."""
    TOO_LONG = "block-too-long"
    """The APDU is longer than the client-max-receive-pdu-size."""
    NOT_NEGOTIATED = "not-negotiated"
    """A block came, though general-block-transfer was not negotiated."""
    MIXED = "mixed-mechanisms"
    """Something else than a block came amid a transfer in blocks."""
    ANSWERED_OUTSIDE = "answered-outside-blocks"
    """A request in blocks was answered outside blocks."""
    TOO_EARLY = "reply-before-the-request-is-whole"
    """A reply came, though the request was not whole yet."""
    GIVEN_UP = "given-up-by-the-meter"
    """The meter has given the transfer up."""
    SILENT = "silence"
    """The meter says nothing any more."""
    NO_PROGRESS = "no-progress"
    """Blocks without data, one behind the other."""
    TOO_LARGE = "too-large"
    """More octets came than any value has."""
    UNREADABLE = "unreadable-block"
    """A block that does not decode."""
    EMPTY = "empty-reply"
    """The last block came, and not one octet of a reply."""


@dataclass(frozen=True, slots=True)
class BlockFault:
    """One fault of the meter.

    Attributes:
        kind: its name.
        reason: what is wrong, in a sentence.
        frame: number on the tape of the frame that shows it.
        path: of the field that shows it; empty where none does.
    """

    kind: FaultKind
    reason: str
    frame: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


def at(field: str) -> str:
    """The path of a field of a block."""
    return f"{ROOT}.{field}"
