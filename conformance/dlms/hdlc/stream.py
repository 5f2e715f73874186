"""Frames out of a stream of octets."""

from __future__ import annotations

from typing import Final

from conformance.dlms.hdlc.frame import FLAG, FORMAT_TYPE, LONGEST, SHORTEST

_LARGEST: Final = LONGEST + 2
"""Octets of the longest frame, both flags included."""


class FrameStream:
    """Cuts a stream of octets into candidates for frames, each from flag to flag.

    Where the length subfield leads to a flag, the frame ends there, whatever flags it holds. Where it does not, what
    stands between two flags is handed out as it is: `frame.read` says what is wrong with it. Octets before a flag are
    dropped. A closing flag may open the next frame. At most one frame's octets are kept.
    """

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bytes:
        """Octets that wait for more, from a flag on; one lone flag may be the closing one of the last frame."""
        return bytes(self._buffer)

    def discard(self) -> bytes:
        """Drop what waits for more, and give it: the inter-octet timeout ended it, or a new exchange begins."""
        dropped = bytes(self._buffer)
        self._buffer.clear()
        return dropped

    def feed(self, octets: bytes) -> list[bytes]:
        """The candidates that `octets` complete."""
        self._buffer += octets
        frames: list[bytes] = []
        while (size := self._next()) is not None:
            if size:
                frames.append(bytes(self._buffer[:size]))
                del self._buffer[: size - 1]
        return frames

    def _next(self) -> int | None:
        """Octets of the candidate at the front; 0 after something was dropped; None when more octets are wanted."""
        buffer = self._buffer
        flag = buffer.find(FLAG)
        if flag != 0:
            del buffer[: flag if flag > 0 else len(buffer)]
            return 0 if buffer else None
        if len(buffer) > 1 and buffer[1] == FLAG:
            del buffer[0]
            return 0
        if len(buffer) < 3:
            return None
        lead = buffer[1] << 8 | buffer[2]
        size = (lead & LONGEST) + 2
        if lead & 0xF000 == FORMAT_TYPE and size >= SHORTEST + 2:
            if len(buffer) < size:
                return None
            if buffer[size - 1] == FLAG:
                return size
        return self._to_next_flag()

    def _to_next_flag(self) -> int | None:
        """As `_next`, for a front that the length subfield does not explain."""
        closing = self._buffer.find(FLAG, 1)
        if closing > 0:
            return closing + 1
        if len(self._buffer) > _LARGEST:
            del self._buffer[0]
            return 0
        return None
