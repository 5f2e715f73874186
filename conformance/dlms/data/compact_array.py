"""Compact arrays: one type description, then the elements' values without their tags."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data import rows, scalars
from conformance.dlms.data.types import NESTING_LIMIT, Data, DataType, type_of
from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import Reader

_MOST_COLUMNS = 256
_MOST_VALUES_PER_OCTET = 32
"""Values without octets (null-data, empty structures) cost nothing on the wire and memory here: no more than this."""


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """The type that all elements of a compact array have (IEC 62056-5-3, TypeDescription).

    Attributes:
        type: any type but compact-array.
        elements: of a structure, its elements' types; of an array, the one type of its elements.
        count: of an array, how many elements it has.
    """

    type: DataType
    elements: tuple[TypeDescription, ...] = ()
    count: int = 0

    def __str__(self) -> str:
        match self.type:
            case DataType.ARRAY:
                return f"array of {self.count} {self.elements[0] if self.elements else '?'}"
            case DataType.STRUCTURE:
                return f"structure {{{', '.join(map(str, self.elements))}}}"
            case _:
                return self.type.label

    @property
    def least_octets(self) -> int:
        """The fewest octets that a value of this type takes inside a compact array."""
        if self.type is DataType.ARRAY:
            return self.count * self.elements[0].least_octets
        if self.type is DataType.STRUCTURE:
            return sum(element.least_octets for element in self.elements)
        return scalars.LEAST_OCTETS[self.type]

    @property
    def values(self) -> int:
        """How many values one value of this type is made of, itself included."""
        if self.type is DataType.ARRAY:
            return 1 + self.count * self.elements[0].values
        return 1 + sum(element.values for element in self.elements)


@dataclass(frozen=True, slots=True)
class CompactArray:
    """The value of a compact array: every element has the type that `description` says."""

    description: TypeDescription
    elements: tuple[Data, ...]


def read(reader: Reader, depth: int = 0) -> CompactArray:
    """Take a compact array without its tag; how many elements there are follows from their octets.

    Raises:
        DecodeError: also when a few octets would unfold into absurdly many values.
    """
    start = reader.position
    reader.enter("contents-description")
    description = _read_description(reader, depth + 1)
    reader.leave()
    reader.enter("array-contents")
    size = reader.length()
    outer = reader.bound(size)
    least = description.least_octets
    if size and not least:
        reader.fail(f"{size} octets of contents for elements that take none", expected="no octets")
    if size and size // least * description.values > _MOST_VALUES_PER_OCTET * (reader.end - start):
        values = size // least * description.values
        reader.fail(f"{reader.end - start} octets would make up to {values} values")
    elements = _read_elements(reader, description) if size else ()
    reader.unbound(outer)
    reader.leave()
    return CompactArray(description, elements)


def encode(value: object, depth: int = 0) -> bytes:
    """The octets of a compact array, without its tag.

    Raises:
        EncodeError: also when an element is not of the type described.
    """
    if not isinstance(value, CompactArray):
        raise EncodeError(f"compact-array holds a CompactArray, not {value!r:.60}")
    description = _encode_description(value.description, depth + 1)
    parts: list[bytes] = []
    for element in value.elements:
        _append_value(parts, value.description, element)
    return description + axdr.sized(b"".join(parts))


def _read_description(reader: Reader, depth: int) -> TypeDescription:
    tag = reader.u8("tag")
    type_ = type_of(tag)
    if type_ is None or type_ is DataType.COMPACT_ARRAY:
        reader.fail(f"type {tag} in a type description", back=1, expected="the tag of a type other than compact-array")
    if reader.recorder is not None:
        reader.meaning(type_.label)
    if type_ not in (DataType.ARRAY, DataType.STRUCTURE):
        return TypeDescription(type_)
    if depth >= NESTING_LIMIT:
        reader.fail(f"nested more than {NESTING_LIMIT} deep", back=1)
    if type_ is DataType.ARRAY:
        count = reader.unsigned("number-of-elements", 2)
        return TypeDescription(type_, (_read_part(reader, depth),), count)
    start = reader.position
    parts = reader.length("count", kind=FieldKind.COUNT)
    if parts > reader.remaining:
        back = reader.position - start
        reader.fail(f"structure of {parts} elements, {reader.remaining} octets left", back=back)
    return TypeDescription(type_, tuple([_read_part(reader, depth) for _ in range(parts)]))


def _read_part(reader: Reader, depth: int) -> TypeDescription:
    reader.enter("type-description")
    part = _read_description(reader, depth + 1)
    reader.leave()
    return part


def _read_elements(reader: Reader, description: TypeDescription) -> tuple[Data, ...]:
    if reader.recorder is None and description.values <= _MOST_COLUMNS:
        layout = rows.Layout()
        shape = _shape(layout, description)
        if shape is not None:
            return rows.read_packed(reader, layout, shape)
    elements: list[Data] = []
    while reader.remaining:
        reader.enter("element")
        elements.append(_read_value(reader, description))
        reader.leave()
    return tuple(elements)


def _read_value(reader: Reader, description: TypeDescription) -> Data:
    read_scalar = scalars.READ[description.type]
    if read_scalar is not None:
        return Data(description.type, read_scalar(reader))
    values: list[Data] = []
    for part in _parts(description):
        reader.enter("element")
        values.append(_read_value(reader, part))
        reader.leave()
    return Data(description.type, tuple(values))


def _parts(description: TypeDescription) -> tuple[TypeDescription, ...]:
    return description.elements * description.count if description.type is DataType.ARRAY else description.elements


def _shape(layout: rows.Layout, description: TypeDescription) -> rows.Shape | None:
    """The shape of elements all of one size; None when they vary."""
    if description.type in (DataType.ARRAY, DataType.STRUCTURE):
        parts: list[rows.Shape] = []
        for part in _parts(description):
            shape = _shape(layout, part)
            if shape is None:
                return None
            parts.append(shape)
        return rows.Shape(description.type, tuple(parts))
    return rows.Shape(description.type) if layout.scalar(description.type) else None


def _encode_description(description: TypeDescription, depth: int) -> bytes:
    type_ = description.type
    if type_ not in (DataType.ARRAY, DataType.STRUCTURE):
        if type_ is DataType.COMPACT_ARRAY:
            raise EncodeError("a type description cannot be a compact-array")
        return bytes((type_,))
    if depth >= NESTING_LIMIT:
        raise EncodeError(f"nested more than {NESTING_LIMIT} deep")
    parts = b"".join(_encode_description(element, depth + 1) for element in description.elements)
    if type_ is DataType.STRUCTURE:
        return bytes((type_,)) + axdr.length(len(description.elements)) + parts
    if len(description.elements) != 1 or not 0 <= description.count <= 0xFFFF:
        raise EncodeError(f"a described array has one type and up to 65535 elements, not {description!s:.60}")
    return bytes((type_,)) + description.count.to_bytes(2, "big") + parts


def _append_value(parts: list[bytes], description: TypeDescription, data: Data) -> None:
    if not isinstance(data, Data) or data.type is not description.type:
        raise EncodeError(f"{data!r:.60} in a compact array of {description!s:.60}")
    encode_scalar = scalars.ENCODE[data.type]
    if encode_scalar is not None:
        parts.append(encode_scalar(data.value))
        return
    described = _parts(description)
    if not isinstance(data.value, tuple | list):
        raise EncodeError(f"{data.type.label} holds a tuple of data, not {data.value!r:.60}")
    if len(described) != len(data.value):
        raise EncodeError(f"{data.type.label} of {len(data.value)} elements where {len(described)} are described")
    for part, value in zip(described, data.value, strict=True):
        _append_value(parts, part, value)
