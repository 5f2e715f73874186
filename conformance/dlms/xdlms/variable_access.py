"""Variable-Access-Specification: what a service with short names is aimed at (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_boolean,
    encode_unsigned,
    read_boolean,
    read_choice,
)


@dataclass(frozen=True, slots=True)
class VariableName:
    """variable-name [2]: an attribute or method by its short name.

    `name` is an ObjectName, here without sign: 0 to 65535, as short names are written (FA00).
    """

    name: int

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x02" + _encode_name(self.name)


@dataclass(frozen=True, slots=True)
class ParameterisedAccess:
    """parameterized-access [4]: a part of an attribute, or a method with its parameter.

    Attributes:
        name: short name, 0 to 65535.
        selector: 0 to 255; its meaning is the interface class's.
        parameter: as the selector wants it.
    """

    name: int
    selector: int
    parameter: Data

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return (
            b"\x04"
            + _encode_name(self.name)
            + encode_unsigned(self.selector, 1, "selector")
            + codec.encode(self.parameter)
        )


@dataclass(frozen=True, slots=True)
class BlockNumberAccess:
    """block-number-access [5]: acknowledges block `block_number` of a long response and asks for the next one."""

    block_number: int

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x05" + _encode_number(self.block_number)


@dataclass(frozen=True, slots=True)
class ReadDataBlockAccess:
    """read-data-block-access [6]: one block of a read-request that is too long for one APDU.

    Attributes:
        last_block: whether no block follows.
        block_number: 1 for the first; Unsigned16.
        raw: raw-data: a part of the encoded request.
    """

    last_block: bool
    block_number: int
    raw: bytes

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x06" + encode_boolean(self.last_block) + _encode_number(self.block_number) + axdr.sized(self.raw)


@dataclass(frozen=True, slots=True)
class WriteDataBlockAccess:
    """write-data-block-access [7]: announces a block of a long write-request, whose octets are in the list of data."""

    last_block: bool
    block_number: int

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x07" + encode_boolean(self.last_block) + _encode_number(self.block_number)


VariableAccess = VariableName | ParameterisedAccess | BlockNumberAccess | ReadDataBlockAccess | WriteDataBlockAccess


def read(reader: Reader) -> VariableAccess:
    """Take one specification as the group `variable-access-specification`: `choice`, then the parts of it."""
    reader.enter("variable-access-specification")
    access = read_choice(reader, _ALTERNATIVES)
    reader.leave()
    return access


def _read_name(reader: Reader) -> int:
    name = reader.unsigned("variable-name", 2)
    if reader.recorder is not None:
        reader.meaning(f"{name:04X}")
    return name


def _variable_name(reader: Reader) -> VariableName:
    return VariableName(_read_name(reader))


def _parameterised_access(reader: Reader) -> ParameterisedAccess:
    return ParameterisedAccess(_read_name(reader), reader.u8("selector"), codec.read(reader, "parameter"))


def _block_number_access(reader: Reader) -> BlockNumberAccess:
    return BlockNumberAccess(reader.unsigned("block-number", 2))


def _read_data_block_access(reader: Reader) -> ReadDataBlockAccess:
    return ReadDataBlockAccess(
        read_boolean(reader, "last-block"), reader.unsigned("block-number", 2), reader.sized("raw-data")
    )


def _write_data_block_access(reader: Reader) -> WriteDataBlockAccess:
    return WriteDataBlockAccess(read_boolean(reader, "last-block"), reader.unsigned("block-number", 2))


def _encode_name(name: int) -> bytes:
    return encode_unsigned(name, 2, "variable-name")


def _encode_number(block_number: int) -> bytes:
    return encode_unsigned(block_number, 2, "block-number")


_ALTERNATIVES: dict[int, Alternative[VariableAccess]] = {
    2: ("variable-name", _variable_name),
    4: ("parameterized-access", _parameterised_access),
    5: ("block-number-access", _block_number_access),
    6: ("read-data-block-access", _read_data_block_access),
    7: ("write-data-block-access", _write_data_block_access),
}
