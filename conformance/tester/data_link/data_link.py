"""What an association needs of a data link, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.dlms.alteration import Change
from conformance.tester.line import Line
from conformance.tester.reaction import DisconnectedMode, FrameRejected, LinkLost, Silence, Unreadable
from conformance.tester.stimulus import Layer


@dataclass(frozen=True, slots=True)
class ApduReceived:
    """A whole APDU for this client; `frame` is the number of the frame that completed it."""

    apdu: bytes
    frame: int


LinkReaction = Silence | FrameRejected | DisconnectedMode | LinkLost | Unreadable


class SetUpFailed(Exception):
    """The data link could not be set up: `reaction` says what the meter did instead."""

    def __init__(self, reaction: LinkReaction) -> None:
        super().__init__(f"data link not established: {reaction}")
        self.reaction = reaction


class DataLink(Protocol):
    """APDUs to and from one server address, for one client address.

    Nothing is ever sent twice on its own account, except by an HDLC link that was made to recover.

    Attributes:
        line: carries the PDUs.
    """

    line: Line

    @property
    def layer(self) -> Layer:
        """At which alterations are this data link's to make."""
        ...

    def set_up(self) -> None:
        """Establish the data link (SNRM over HDLC; nothing over the wrapper).

        Raises:
            SetUpFailed: with what the meter did.
        """
        ...

    def send(self, apdu: bytes, changes: Sequence[Change] = (), *, plain: bytes | None = None) -> int:
        """Send an APDU, once; `changes` break its first frame. Gives the number of its last frame.

        `plain` is what the APDU protects, for the tape.

        Raises:
            AlterationError: a change names a field that the PDU does not have.
        """
        ...

    def receive(self, timeout_s: float, *, streamed: bool = False) -> ApduReceived | LinkReaction:
        """Wait for an APDU, or for what the meter does instead.

        Args:
            timeout_s: at most.
            streamed: the meter may send several APDUs without being asked for each.
        """
        ...

    def release(self) -> LinkReaction | None:
        """End the data link (DISC over HDLC); None when the meter confirmed or nothing was to be said."""
        ...
