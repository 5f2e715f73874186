"""What each side of a link has counted, and what the frames of one turn were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.layers.seen import Seen
from conformance.dlms.hdlc.control import Control

MODULUS: Final = 8


@dataclass(slots=True)
class Side:
    """What one side has sent.

    Attributes:
        expected: N(S) of its next new I-frame; None while unknown.
        acknowledged: N(R) that the other side last gave, or the N(S) it began with.
        kept: the last information field under each N(S).
    """

    expected: int | None = None
    acknowledged: int = 0
    kept: dict[int, bytes] = field(default_factory=dict)

    @property
    def outstanding(self) -> int:
        """I-frames that are not acknowledged."""
        return 0 if self.expected is None else (self.expected - self.acknowledged) % MODULUS


@dataclass(slots=True)
class Told:
    """What the frames of the client in one turn were, for the judgement of the answer."""

    invalid_number: bool = False
    out_of_sequence: bool = False
    repeated: bool = False
    too_long: bool = False
    asks_again: int | None = None
    new: int = 0
    known: int | None = None


def control_of(frame: Seen) -> Control:
    """Of a frame that has one, as every numbered one does."""
    return Control.decode(0) if frame.look is None else frame.look.control


def information_of(frame: Seen) -> bytes:
    """The information field of a frame; empty where it has none."""
    return b"" if frame.look is None else frame.look.information
