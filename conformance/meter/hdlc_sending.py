"""What the secondary station has to send and what of it is acknowledged: the window (IEC 62056-46, 6.4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MODULUS: Final = 8
_LLC_HEADER_OCTETS: Final = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """One I-frame to be sent: its N(S), its information field, and whether more segments of the APDU follow."""

    send_number: int
    information: bytes
    more: bool


class SendQueue:
    """The segments that wait for their acknowledgement, oldest first; V(S) with them."""

    def __init__(self, defects: frozenset[str] = frozenset()) -> None:
        self._defects = defects
        self._base = 0
        self._sent = 0
        self._waiting: list[tuple[bytes, bool]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def send_variable(self) -> int:
        """V(S): N(S) of the next I-frame that was never sent."""
        return (self._base + self._sent) % _MODULUS

    def put(self, message: bytes, size: int) -> None:
        """Add a message in segments of at most `size` octets."""
        start = 0
        while start < len(message):
            end = start + size
            if start == 0 and "hdlc-llc-not-counted-in-length" in self._defects:
                end += _LLC_HEADER_OCTETS
            self._waiting.append((message[start:end], end < len(message)))
            start = end

    def take_back(self) -> None:
        """Drop what was not acknowledged yet, to send something else under the same numbers."""
        self._waiting.clear()
        self._sent = 0

    def acknowledge(self, receive_number: int) -> bool:
        """Drop the segments that N(R) acknowledges; False when it acknowledges what was never sent."""
        count = (receive_number - self._base) % _MODULUS
        if self._sent and "hdlc-lost-reply-forgotten" in self._defects:
            count, receive_number = self._sent, self.send_variable
        if count == 0 and self._sent and "hdlc-repeated-reply-renumbered" in self._defects:
            self._base, self._sent = self.send_variable, 0
            return True
        if count > self._sent:
            return "hdlc-invalid-receive-number-ignored" in self._defects
        del self._waiting[:count]
        self._base = receive_number
        self._sent -= count
        return True

    def window(self, size: int) -> list[Segment]:
        """What is not acknowledged yet, as many segments as the window holds; from now on it counts as sent."""
        if "hdlc-window-exceeded" in self._defects:
            size += 1
        waiting = self._waiting[:size]
        self._sent = len(waiting)
        return [
            Segment(
                self._number(index),
                information,
                more and "hdlc-segmentation-bit-not-set" not in self._defects,
            )
            for index, (information, more) in enumerate(waiting)
        ]

    def _number(self, index: int) -> int:
        number = (self._base + index) % _MODULUS
        return 0 if number == _MODULUS - 1 and "hdlc-send-number-wraps-too-early" in self._defects else number
