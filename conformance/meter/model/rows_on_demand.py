"""The rows of a huge buffer, made and encoded when they are asked for: nothing is kept but how they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from conformance.dlms import axdr
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType

MakeRow = Callable[[int], Data]
"""Makes the row of a number."""


class RowsOnDemand(Sequence[Data]):
    """The elements of an array, each of them made anew whenever it is looked at.

    All rows must take the same number of octets: so it is known where each of them lies without making the others.
    """

    def __init__(self, numbers: Sequence[int], make: MakeRow) -> None:
        self._numbers = numbers
        self._make = make

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Data: ...

    @overload
    def __getitem__(self, index: slice) -> RowsOnDemand: ...

    def __getitem__(self, index: int | slice) -> Data | RowsOnDemand:
        if isinstance(index, slice):
            return RowsOnDemand(self._numbers[index], self._make)
        return self._make(self._numbers[index])

    def __iter__(self) -> Iterator[Data]:
        return map(self._make, self._numbers)

    def encoded(self) -> EncodedRows:
        """The octets of the array, its tag first."""
        return EncodedRows(self)


class EncodedRows:
    """The octets of an array of rows, of which only those that are taken are ever made."""

    def __init__(self, rows: RowsOnDemand) -> None:
        self._rows = rows
        self._head = bytes((DataType.ARRAY,)) + axdr.length(len(rows))
        self._size = len(codec.encode(rows[0])) if rows else 0

    def __len__(self) -> int:
        return len(self._head) + len(self._rows) * self._size

    def __getitem__(self, part: slice) -> bytes:
        """The octets of a part.

        Raises:
            ValueError: its step is not 1, or a row has another length than the first.
        """
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError(f"step {step}; the octets come in order")
        head = len(self._head)
        if stop <= max(start, head):
            return self._head[start:stop]
        begin = max(0, start - head)
        first, last = begin // self._size, -(-(stop - head) // self._size)
        octets = b"".join([codec.encode(row) for row in self._rows[first:last]])
        if len(octets) != (last - first) * self._size:
            raise ValueError(f"rows {first} to {last} are not all of {self._size} octets")
        skipped = first * self._size
        return self._head[start:] + octets[begin - skipped : stop - head - skipped]
