"""The part of BER (X.690) that ACSE APDUs are made of: tagged components in a SEQUENCE, read strictly.

Each component is a group `tag`, `length`, `value`; an EXPLICIT tag puts `inner-tag` and `inner-length` in front of the
value, a CHOICE `choice` and `choice-length`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from conformance.dlms import axdr
from conformance.dlms.acse.enumerations import AuthenticationChoice, Labelled, named
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader

INTEGER = 0x02
OCTET_STRING = 0x04

LARGEST_INTEGER = 8
"""Octets of the largest INTEGER that is read; ACSE needs one."""

Taker = Callable[[Reader], Any]


class Component(NamedTuple):
    """One component of an APDU.

    Attributes:
        number: its context tag number, by which components are ordered.
        name: the standard's.
        place: index of its value among those of the APDU.
        read: takes the component, tag included.
        other_form: whether its tag is not the one that the ASN.1 gives it, though it is met and understood.
    """

    number: int
    name: str
    place: int
    read: Taker
    other_form: bool = False


def read_sequence(reader: Reader, tag: int, components: Mapping[int, Component], values: list[Any]) -> tuple[int, ...]:
    """Take an APDU that is a SEQUENCE of optional `components`, by tag, and put what they hold into `values`.

    A component that comes out of order or again is a deviation; of a repeated one, the last counts. So is a length of
    the APDU that ends before the message does, for meters send such, when components follow to the end of the message.
    A tag that the APDU does not have is an error, as is a length beyond the message.

    Returns:
        The tags of components that were found in their other form.
    """
    if reader.u8("tag") != tag:
        reader.fail("not this APDU", back=1, expected=f"tag {tag:02X}")
    start = reader.position
    size = reader.length()
    octets = reader.octets
    end = reader.end
    recorder = reader.recorder
    if size != end - reader.position:
        _misfit(reader, size, reader.position - start)
    found: tuple[int, ...] = ()
    latest = -1
    position = reader.position
    while position < end:
        component = components.get(octets[position])
        if component is None:
            reader.fail(f"component tag {octets[position]:02X} is unknown here", expected=_tags(components))
        number, name, place, read, other_form = component
        if recorder is not None:
            recorder.enter(name, position)
        if number > latest:
            latest = number
        elif values[place] is not None:
            reader.deviation("component-repeated", f"{name} comes again")
        else:
            reader.deviation("component-order", f"{name} comes after a component with a higher tag number")
        values[place] = read(reader)
        if other_form:
            found += (octets[position],)
        position = reader.position
        if recorder is not None:
            recorder.leave(position)
    return found


def _misfit(reader: Reader, size: int, back: int) -> None:
    """Judge a length that is not that of the rest of the message."""
    remaining = reader.remaining
    message = f"length {size}, but {remaining} octet{'s' if remaining != 1 else ''} follow"
    if size > remaining:
        reader.fail(message, back=back, expected=f"length {remaining}")
    reader.deviation("apdu-length", message, back=back)


def explicit(reader: Reader, inner_tag: int) -> bytes:
    """Take a component with an EXPLICIT tag around a value of the type `inner_tag`: its content octets."""
    if reader.recorder is None:
        # The plain case at once: short lengths that agree. Anything else is left to the takes below, to judge and name.
        octets = reader.octets
        position = reader.position
        start = position + 4
        if start <= reader.end:
            size = octets[position + 1]
            stop = position + 2 + size
            if octets[position + 2] == inner_tag and octets[position + 3] == size - 2 < 0x7E and stop <= reader.end:
                reader.position = stop
                return octets[start:stop]
    reader.u8("tag")
    outer = reader.bound(reader.length())
    if reader.u8("inner-tag") != inner_tag:
        reader.fail("wrong type in an EXPLICIT tag", back=1, expected=f"{inner_tag:02X}")
    content = reader.take("value", reader.length("inner-length"))
    reader.unbound(outer)
    return content


def implicit(reader: Reader) -> bytes:
    """Take a component with an IMPLICIT tag: its content octets."""
    if reader.recorder is None:
        octets = reader.octets
        start = reader.position + 2
        if start <= reader.end:
            size = octets[start - 1]
            stop = start + size
            if size < 0x80 and stop <= reader.end:
                reader.position = stop
                return octets[start:stop]
    reader.u8("tag")
    return reader.take("value", reader.length())


def octet_string(reader: Reader) -> bytes:
    """Take an OCTET STRING behind an EXPLICIT tag."""
    return explicit(reader, OCTET_STRING)


def integer(reader: Reader) -> int:
    """Take an INTEGER behind an EXPLICIT tag."""
    if reader.recorder is None:
        octets = reader.octets
        stop = reader.position + 5
        if stop <= reader.end and octets[stop - 4 : stop - 1] == b"\x03\x02\x01" and (value := octets[stop - 1]) < 0x80:
            reader.position = stop
            return value
    return integer_of(reader, explicit(reader, INTEGER))


def implicit_integer(reader: Reader) -> int:
    """Take an INTEGER behind an IMPLICIT tag."""
    return integer_of(reader, implicit(reader))


def deviating_implicit_integer(reader: Reader) -> int:
    """Take an INTEGER behind an IMPLICIT tag where the ASN.1 wants an EXPLICIT one."""
    value = implicit_integer(reader)
    reader.deviation("tag-implicit", "INTEGER behind an IMPLICIT tag, where the ASN.1 has an EXPLICIT one")
    return value


def integer_of(reader: Reader, content: bytes) -> int:
    """The INTEGER whose content octets were taken last; more octets than needed are a deviation."""
    size = len(content)
    if size == 1 and content[0] < 0x80:
        value = content[0]
    else:
        if size == 0 or size > LARGEST_INTEGER:
            reader.fail(f"INTEGER of {size} octets", back=size, expected=f"1 to {LARGEST_INTEGER} octets")
        value = int.from_bytes(content, "big", signed=True)
        if size > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1)):
            reader.deviation("integer-not-minimal", f"INTEGER {value} coded on {size} octets", back=size)
    if reader.recorder is not None:
        reader.meaning(value)
    return value


def bit_string(reader: Reader) -> str:
    """Take a BIT STRING behind an IMPLICIT tag: its bits, first bit first, as "0" and "1"."""
    content = implicit(reader)
    if content == b"\x07\x80":
        bits = "1"
    else:
        size = len(content)
        unused = content[0] if content else 8
        if unused > 7 or (size == 1 and unused):
            reader.fail(
                "BIT STRING without a count of unused bits that fits", back=size, expected="00 to 07, then bits"
            )
        padded = "".join(f"{octet:08b}" for octet in content[1:])
        bits = padded[: len(padded) - unused]
        if "1" in padded[len(bits) :]:
            reader.deviation("padding-not-zero", "unused bits of a BIT STRING are not zero", back=size)
    if reader.recorder is not None:
        reader.meaning(bits)
    return bits


def name_of_oid(reader: Reader, content: bytes, known: Mapping[bytes, Labelled]) -> bytes:
    """Judge the content octets of an OBJECT IDENTIFIER, which were taken last (X.690 8.19), and show which it is."""
    if not content or content[-1] & 0x80:
        reader.fail("OBJECT IDENTIFIER that ends within an arc", back=len(content), expected="a last octet below 80")
    if reader.recorder is not None:
        member = known.get(content)
        reader.meaning(content if member is None else f"{member.label} ({member.value})")
    return content


def authentication_value(reader: Reader) -> tuple[int, bytes]:
    """Take an Authentication-value behind its EXPLICIT tag: the tag of the choice, and its content octets."""
    if reader.recorder is None:
        octets = reader.octets
        position = reader.position
        start = position + 4
        if start <= reader.end:
            size = octets[position + 1]
            stop = position + 2 + size
            if octets[position + 2] == 0x80 and octets[position + 3] == size - 2 < 0x7E and stop <= reader.end:
                reader.position = stop
                return 0x80, octets[start:stop]
    reader.u8("tag")
    outer = reader.bound(reader.length())
    choice = reader.u8("choice")
    if choice & 0x5F not in (0, 1, 2, 3) or choice in (0xA0, 0xA1):
        reader.fail("unknown choice of Authentication-value", back=1, expected="80, 81, 82 or A3")
    # A SEQUENCE is always constructed, so `other` is A3; `external` is primitive as the OCTET STRING that it is here.
    standard = {0xA2: 0x82, 0x83: 0xA3}.get(choice, choice)
    if reader.recorder is not None:
        reader.meaning(named(AuthenticationChoice, standard))
    if standard != choice:
        reader.deviation(
            "tag-form", f"choice {choice:02X} of Authentication-value, where {standard:02X} is due", back=1
        )
    content = reader.take("value", reader.length("choice-length"))
    reader.unbound(outer)
    return choice, content


def diagnostic(reader: Reader) -> tuple[int, int]:
    """Take an Associate-source-diagnostic behind its EXPLICIT tag: its choice (1 or 2) and its value."""
    if reader.recorder is None:
        octets = reader.octets
        position = reader.position
        stop = position + 7
        if (
            stop <= reader.end
            and octets[position + 1 : position + 6] in _DIAGNOSTIC_HEADS
            and (value := octets[stop - 1]) < 0x80
        ):
            reader.position = stop
            return octets[position + 2] - 0xA0, value
    reader.u8("tag")
    outer = reader.bound(reader.length())
    choice = reader.u8("choice")
    if choice not in (0xA1, 0xA2):
        reader.fail("unknown choice of Associate-source-diagnostic", back=1, expected="A1 or A2")
    inner = reader.bound(reader.length("choice-length"))
    if reader.u8("inner-tag") != INTEGER:
        reader.fail("wrong type in an EXPLICIT tag", back=1, expected="02")
    value = integer_of(reader, reader.take("value", reader.length("inner-length")))
    reader.unbound(inner)
    reader.unbound(outer)
    return choice - 0xA0, value


_DIAGNOSTIC_HEADS = (bytes.fromhex("05A1030201"), bytes.fromhex("05A2030201"))


def encode_explicit(tag: int, inner_tag: int, content: bytes) -> bytes:
    """A component with an EXPLICIT tag around a value of the type `inner_tag`."""
    size = len(content)
    if size < 0x7E:
        return bytes((tag, size + 2, inner_tag, size)) + content
    return encode_implicit(tag, bytes((inner_tag,)) + axdr.sized(content))


def encode_implicit(tag: int, content: bytes) -> bytes:
    """A component, or a whole APDU, with one tag around its content octets."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    return bytes((tag,)) + axdr.length(size) + content


def encode_integer(value: int) -> bytes:
    """The content octets of an INTEGER, as few as possible."""
    if 0 <= value < 0x80:
        return bytes((value,))
    size = (value.bit_length() if value >= 0 else (value + 1).bit_length()) // 8 + 1
    if size > LARGEST_INTEGER:
        raise EncodeError(f"INTEGER {value} needs {size} octets; at most {LARGEST_INTEGER} are understood")
    return value.to_bytes(size, "big", signed=True)


def encode_bits(tag: int, bits: str) -> bytes:
    """A component that is a BIT STRING behind an IMPLICIT tag; its bits are given as "0" and "1", first bit first."""
    if bits == "1":
        return bytes((tag, 2, 0x07, 0x80))
    if bits.strip("01"):
        raise EncodeError(f"{bits!r} is no bit string; write its bits as 0 and 1")
    size = (len(bits) + 7) // 8
    padded = bits.ljust(size * 8, "0")
    return encode_implicit(tag, bytes((size * 8 - len(bits),)) + int(padded or "0", 2).to_bytes(size, "big"))


def _tags(components: Mapping[int, Component]) -> str:
    return "one of " + " ".join(f"{tag:02X}" for tag in sorted(components))
