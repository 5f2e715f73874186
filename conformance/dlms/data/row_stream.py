"""An array that is decoded while its octets still come: its rows are handed on, and no more than a few are kept."""

from __future__ import annotations

from typing import Final

from conformance.dlms.data import codec, rows
from conformance.dlms.data.collector import paused_collector
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader
from conformance.dlms.reader import decode as decode_message

BATCH_OCTETS: Final = 0x8000
"""So many octets are gathered before rows are made of them."""
LONGEST_ROW: Final = 0x1_0000
"""Octets; what has not become a row by then is no legal one, or too long to wait for."""
_MISSES: Final = 4
"""Attempts at rows of one shape that may disappoint before a batch is read one by one."""


class RowStream:
    """The elements of one array, whose octets are fed in parts of any size; strict as `codec.decode` is.

    At no time are more octets held than those of a batch, of one row and of the part fed last.

    Attributes:
        count: elements that the array announces; None before that is known.
        taken: elements given so far.
        octets: fed so far.
    """

    def __init__(self) -> None:
        self.count: int | None = None
        self.taken = 0
        self.octets = 0
        self._pending = bytearray()

    def feed(self, octets: bytes) -> list[Data]:
        """Take the next octets, and give the rows that are whole; they may come with a later call.

        Raises:
            DecodeError: no array, octets behind its last element, or a row that is not legal.
        """
        self.octets += len(octets)
        self._pending += octets
        if len(self._pending) < BATCH_OCTETS:
            return []
        with paused_collector():
            return self._take(ended=False)

    def finish(self) -> list[Data]:
        """The last rows; all octets have come.

        Raises:
            DecodeError: as for `feed`, or the array is cut off.
        """
        with paused_collector():
            return self._take(ended=True)

    def _take(self, *, ended: bool) -> list[Data]:
        reader = Reader(bytes(self._pending))
        if self.count is None:
            self._head(reader)
        assert self.count is not None  # noqa: S101 - the head has just been read
        found: list[Data] = []
        misses = 0
        while (left := self.count - self.taken - len(found)) and reader.remaining:
            if left >= rows.LEAST_ROWS and misses < _MISSES:
                several = rows.read_rows(reader, left, 1)
                misses += len(several) < rows.LEAST_ROWS
                found += several
                if several:
                    continue
            start = reader.position
            try:
                found.append(codec.read_content(reader, 1))
            except DecodeError:
                reader = Reader(reader.octets)
                reader.position = start
                break
        self.taken += len(found)
        del self._pending[: reader.position]
        self._judge_rest(ended=ended)
        return found

    def _head(self, reader: Reader) -> None:
        if reader.u8("tag") != DataType.ARRAY:
            reader.fail(f"a value with tag {reader.octets[0]}", back=1, expected="an array")
        self.count = reader.length("count")

    def _judge_rest(self, *, ended: bool) -> None:
        """Fail when what is left over can be no row any more."""
        left = bytes(self._pending)
        at = self.octets - len(left)
        if self.taken == self.count:
            if left:
                raise DecodeError("octets left over", path="data", offset=at, octets=left, expected="the end")
        elif ended or len(left) > LONGEST_ROW:
            try:
                decode_message(left, _one_level_down, f"data.element[{self.taken}]")
            except DecodeError as error:
                raise DecodeError(
                    error.message,
                    path=error.path,
                    offset=at + error.offset,
                    octets=error.octets,
                    expected=error.expected,
                ) from None


def _one_level_down(reader: Reader) -> Data:
    return codec.read_content(reader, 1)
