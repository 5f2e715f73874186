"""Selective access to the buffer of Profile generic: what the access parameters ask for (IEC 62056-6-2, class_id 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.data.types import Data, DataType

RANGE_SELECTOR: Final = 1
ENTRY_SELECTOR: Final = 2


class SelectionError(Exception):
    """Access parameters that are not of the type the selector wants."""


@dataclass(frozen=True, slots=True)
class ColumnName:
    """capture_object_definition: one attribute of one object; data_index 0 is the whole attribute."""

    class_id: int
    logical_name: bytes
    attribute_index: int
    data_index: int = 0

    @classmethod
    def of(cls, data: Data) -> ColumnName:
        """Read structure {class_id, logical_name, attribute_index, data_index}."""
        class_id, logical_name, attribute_index, data_index = _parts(data, DataType.STRUCTURE, _COLUMN_TYPES)
        return cls(class_id.value, logical_name.value, attribute_index.value, data_index.value)


@dataclass(frozen=True, slots=True)
class RangeSelection:
    """range_descriptor: the rows in which one column lies between two values, both included."""

    restricting: ColumnName
    from_value: Data
    to_value: Data
    columns: tuple[ColumnName, ...]
    """The columns wanted; empty for all."""

    @classmethod
    def of(cls, data: Data) -> RangeSelection:
        """Read structure {restricting_object, from_value, to_value, selected_values}."""
        restricting, from_value, to_value, selected = _parts(
            data, DataType.STRUCTURE, (None, None, None, DataType.ARRAY)
        )
        return cls(
            ColumnName.of(restricting), from_value, to_value, tuple(ColumnName.of(item) for item in selected.value)
        )


@dataclass(frozen=True, slots=True)
class EntrySelection:
    """entry_descriptor: rows and columns by number from 1; an upper end of 0 is the last one."""

    from_entry: int
    to_entry: int
    from_column: int
    to_column: int

    @classmethod
    def of(cls, data: Data) -> EntrySelection:
        """Read structure {from_entry, to_entry, from_selected_value, to_selected_value}."""
        return cls(*(part.value for part in _parts(data, DataType.STRUCTURE, _ENTRY_TYPES)))


_COLUMN_TYPES: Final = (DataType.LONG_UNSIGNED, DataType.OCTET_STRING, DataType.INTEGER, DataType.LONG_UNSIGNED)
_ENTRY_TYPES: Final = (
    DataType.DOUBLE_LONG_UNSIGNED,
    DataType.DOUBLE_LONG_UNSIGNED,
    DataType.LONG_UNSIGNED,
    DataType.LONG_UNSIGNED,
)


def _parts(data: Data, kind: DataType, types: tuple[DataType | None, ...]) -> tuple[Data, ...]:
    if data.type is not kind or len(data.value) != len(types):
        raise SelectionError(f"no {kind.label} of {len(types)} elements")
    for part, wanted in zip(data.value, types, strict=True):
        if wanted is not None and part.type is not wanted:
            raise SelectionError(f"{part.type.label} in place of {wanted.label}")
    parts: tuple[Data, ...] = data.value
    return parts
