"""Data in one readable line of bounded length, for reports and messages; what is not printable is escaped."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.dlms.data.compact_array import CompactArray
from conformance.dlms.data.types import Data, DataType


def describe(data: Data, limit: int = 120) -> str:
    """`data` as text of at most `limit` characters: `structure[2] {long-unsigned 8, octet-string 0000010000FF}`.

    However large `data` is, only as much of it is looked at as is shown.
    """
    shown = ""
    for piece in _pieces(data, limit):
        shown += piece
        if len(shown) > limit:
            return shown[: max(limit - 1, 0)] + "…"
    return shown


def escaped(text: str) -> str:
    """`text` in quotation marks, with everything that is not printable as an escape."""
    return '"' + "".join(_escaped_character(character) for character in text) + '"'


def _pieces(data: Data, limit: int) -> Iterator[str]:
    label = data.type.label
    value = data.value
    match data.type:
        case DataType.ARRAY | DataType.STRUCTURE:
            yield f"{label}[{len(value)}] "
            yield from _listed(value, limit)
        case DataType.COMPACT_ARRAY:
            yield from _compact(label, value, limit)
        case DataType.NULL_DATA | DataType.DONT_CARE:
            yield label
        case DataType.OCTET_STRING:
            yield f"{label} {value[:limit].hex().upper() or 'of no octets'}"
        case DataType.VISIBLE_STRING | DataType.UTF8_STRING:
            yield f"{label} {escaped(value[:limit])}"
        case DataType.BIT_STRING:
            yield f"{label} {value[:limit] or 'of no bits'}"
        case DataType.BOOLEAN:
            yield f"{label} {'TRUE' if value else 'FALSE'}"
        case _:
            yield f"{label} {value}"


def _compact(label: str, value: CompactArray, limit: int) -> Iterator[str]:
    yield f"{label}[{len(value.elements)}] of {value.description} "
    yield from _listed(value.elements, limit)


def _listed(elements: tuple[Data, ...], limit: int) -> Iterator[str]:
    yield "{"
    for index, element in enumerate(elements):
        if index:
            yield ", "
        yield from _pieces(element, limit)
    yield "}"


def _escaped_character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
