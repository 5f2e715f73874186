"""Reading the buffer of a profile row by row, so that however many rows there are, only a few are held at a time.

By get-next no more is held than a batch of rows; what comes in general blocks is joined, and opened, before its rows
are taken, so that the octets are held, but never all of the rows. What passes on the line is on the tape beside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from conformance.dlms.data.row_stream import BATCH_OCTETS, RowStream
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.attribute import AttributeDescriptor, SelectiveAccess
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.transfer import LARGEST_VALUE, Part, TransferFailed, parts

Take = Callable[[list[Data]], None]
"""Takes the next rows."""


@dataclass(frozen=True, slots=True)
class RowsRead:
    """What came of reading rows.

    Attributes:
        rows: how many there were.
        octets: of the encoded array; 0 where it came whole in one APDU.
        refused: the data-access-result in their place; None where they came.
    """

    rows: int
    octets: int = 0
    refused: int | None = None


def read_rows(
    association: Association,
    attribute: AttributeDescriptor,
    take: Take,
    *,
    access: SelectiveAccess | None = None,
    options: BlockOptions | None = None,
    most_octets: int = LARGEST_VALUE,
) -> RowsRead:
    """Hand the rows of a buffer on as they come, in order.

    Args:
        association: with logical names.
        attribute: whose value is an array.
        take: is given the rows; what it keeps is its own.
        access: which part of the buffer; None: all.
        options: how general blocks are used; None: where the meter begins with them.
        most_octets: a longer array is cut off.

    Raises:
        TransferFailed: as for `get`; or the value is no array.
    """
    request = GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, access)
    stream = RowStream()
    for part in parts(association, request, options=options, most_octets=most_octets, bare=True):
        if isinstance(part.content, Data):
            return RowsRead(_handed_on(part, part.content, take))
        if isinstance(part.content, int):
            return RowsRead(stream.taken, stream.octets, part.content)
        try:
            for start in range(0, len(part.content), BATCH_OCTETS):
                take(stream.feed(part.content[start : start + BATCH_OCTETS]))
        except DecodeError as error:
            raise TransferFailed(f"the rows do not decode: {error}", part.reply) from None
    try:
        take(stream.finish())
    except DecodeError as error:
        raise TransferFailed(f"the rows do not decode: {error}", part.reply) from None
    return RowsRead(stream.taken, stream.octets)


def latest_rows(
    association: Association, attribute: AttributeDescriptor, keep: int, *, last: bool = True
) -> tuple[RowsRead, tuple[Data, ...]]:
    """The last (or first) `keep` rows of a buffer that is read whole, and how much was read.

    Raises:
        TransferFailed: as for `read_rows`.
    """
    kept: deque[Data] = deque(maxlen=keep)

    def take(rows: list[Data]) -> None:
        kept.extend(rows if last else rows[: keep - len(kept)])

    return read_rows(association, attribute, take), tuple(kept)


def _handed_on(part: Part, value: Data, take: Take) -> int:
    if value.type is not DataType.ARRAY:
        raise TransferFailed(f"{value.type.label} in place of an array of rows", part.reply)
    take(list(value.value))
    return len(value.value)
