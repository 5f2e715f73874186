"""What the A-XDR SEQUENCEs of the services are built of: flags, counts, choices, lists and ranges (IEC 61334-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar

from conformance.dlms import axdr
from conformance.dlms.acse.enumerations import Labelled, named
from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import Reader

T = TypeVar("T")

Alternative = tuple[str, Callable[[Reader], T]]
"""One alternative of a CHOICE: its name, and what takes its content."""


def read_presence(reader: Reader, name: str) -> bool:
    """Take the flag, called `name`, before an OPTIONAL component: whether the component follows.

    Deviation: `presence-not-boolean` for a flag that is neither 00 nor 01; the component then follows.
    """
    flag = reader.u8(name)
    if reader.recorder is not None:
        reader.meaning("present" if flag else "absent")
    if flag > 1:
        reader.deviation("presence-not-boolean", f"{name} coded {flag:02X}, where 00 or 01 are legal", back=1)
    return flag != 0


def read_boolean(reader: Reader, name: str) -> bool:
    """Take a BOOLEAN: 00 is FALSE. Deviation: `boolean-value` for anything but 00, 01 and FF."""
    octet = reader.u8(name)
    if reader.recorder is not None:
        reader.meaning(octet != 0)
    if octet not in (0x00, 0x01, 0xFF):
        reader.deviation("boolean-value", f"{name} coded as {octet:02X}; usual are 00, 01 and FF", back=1)
    return octet != 0


def read_count(reader: Reader) -> int:
    """Take the number of elements of a SEQUENCE OF, each of which has at least one octet."""
    start = reader.position
    count = reader.length("count", kind=FieldKind.COUNT)
    left = reader.remaining
    if count > left:
        reader.fail(f"{count} elements, {left} octets left", back=reader.position - start)
    return count


def read_list(reader: Reader, name: str, read_element: Callable[[Reader], T]) -> tuple[T, ...]:
    """Take a SEQUENCE OF as the group `name`: `count`, then one field for each element."""
    reader.enter(name)
    elements = tuple([read_element(reader) for _ in range(read_count(reader))])
    reader.leave()
    return elements


def read_result(reader: Reader, name: str, enumeration: type[Labelled]) -> int:
    """Take an ENUMERATED; a value that the standard does not define stays the number it is."""
    value = reader.u8(name)
    if reader.recorder is not None:
        reader.meaning(named(enumeration, value))
    return value


def read_choice(reader: Reader, alternatives: Mapping[int, Alternative[T]]) -> T:
    """Take the tag of a CHOICE as the field `choice`, then what it announces."""
    choice = reader.u8("choice")
    alternative = alternatives.get(choice)
    if alternative is None:
        _unknown(reader, choice, alternatives)
    if reader.recorder is not None:
        reader.meaning(alternative[0])
    return alternative[1](reader)


def read_service(reader: Reader, tag: int, name: str, alternatives: Mapping[int, Alternative[T]]) -> T:
    """Take an APDU that is a CHOICE: `tag`, `choice`, and what follows."""
    read_tag(reader, tag, name)
    return read_choice(reader, alternatives)


def read_tag(reader: Reader, tag: int, name: str) -> None:
    """Take the tag of the APDU called `name`."""
    if reader.u8("tag") != tag:
        reader.fail(f"not a {name}", back=1, expected=f"tag {tag:02X}")
    if reader.recorder is not None:
        reader.meaning(name)


def encode_unsigned(value: int, size: int, name: str) -> bytes:
    """`value` as an unsigned integer of `size` octets.

    Raises:
        EncodeError: it does not fit.
    """
    if not 0 <= value < 1 << 8 * size:
        raise EncodeError(f"{name} {value} out of range; 0 to {(1 << 8 * size) - 1}")
    return value.to_bytes(size, "big")


def encode_signed(value: int, name: str) -> bytes:
    """`value` as an Integer8.

    Raises:
        EncodeError: it does not fit.
    """
    if not -0x80 <= value <= 0x7F:
        raise EncodeError(f"{name} {value} out of range; -128 to 127")
    return bytes((value & 0xFF,))


def encode_boolean(value: bool) -> bytes:
    """A BOOLEAN; TRUE is coded as 01."""
    return b"\x01" if value else b"\x00"


def encode_list(elements: Iterable[bytes]) -> bytes:
    """A SEQUENCE OF: the number of elements, then each."""
    parts = list(elements)
    return axdr.length(len(parts)) + b"".join(parts)


def _unknown(reader: Reader, choice: int, alternatives: Mapping[int, Alternative[T]]) -> NoReturn:
    legal = ", ".join(f"{number} {alternative[0]}" for number, alternative in alternatives.items())
    reader.fail(f"choice {choice} is not defined", back=1, expected=legal)
