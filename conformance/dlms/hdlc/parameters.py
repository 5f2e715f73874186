"""HDLC parameters in the information field of SNRM and UA, negotiated when the link is set up (IEC 62056-46, 6.4.4).

Format identifier 81, group identifier 80, group length, then parameters of identifier, length and value. Absent ones
have their default. Transmit and receive are meant from the side of whoever sends the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import Reader

FORMAT_IDENTIFIER: Final = 0x81
GROUP_IDENTIFIER: Final = 0x80

DEFAULT_MAX_INFORMATION: Final = 128
"""Octets of an information field when nothing is negotiated."""
LARGEST_MAX_INFORMATION: Final = 2030
"""Octets of the longest information field that may be negotiated."""
LARGEST_WINDOW: Final = 7

_NAMES = {
    5: "max-information-field-length-transmit",
    6: "max-information-field-length-receive",
    7: "window-size-transmit",
    8: "window-size-receive",
}


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """What one side of a link can do, or has settled on.

    Attributes:
        max_information_transmit: octets of the longest information field it sends, LLC header included.
        max_information_receive: octets of the longest one it takes.
        window_transmit: frames it sends before it waits for an acknowledgement, 1 to 7.
        window_receive: frames it takes before it acknowledges, 1 to 7.
    """

    max_information_transmit: int = DEFAULT_MAX_INFORMATION
    max_information_receive: int = DEFAULT_MAX_INFORMATION
    window_transmit: int = 1
    window_receive: int = 1

    def encode(self) -> bytes:
        """The information field with all four parameters: lengths on 1 octet, on 2 above 255, windows on 4.

        Raises:
            EncodeError: a number out of the range of its octets.
        """
        lengths = (self.max_information_transmit, self.max_information_receive)
        windows = (self.window_transmit, self.window_receive)
        if not all(0 <= size <= 0xFFFF for size in lengths) or not all(0 <= size <= 0xFFFF_FFFF for size in windows):
            raise EncodeError(f"{self}: lengths are 0 to 65535, windows 0 to 4294967295")
        parts = [_value(5 + index, size, 1 if size <= 0xFF else 2) for index, size in enumerate(lengths)]
        parts += [_value(7 + index, size, 4) for index, size in enumerate(windows)]
        group = b"".join(parts)
        return bytes((FORMAT_IDENTIFIER, GROUP_IDENTIFIER, len(group))) + group

    def answer_to(self, proposed: LinkParameters) -> LinkParameters:
        """What a server that can do all this settles on: never more than the client, whose receiving is its sending."""
        return LinkParameters(
            min(self.max_information_transmit, proposed.max_information_receive),
            min(self.max_information_receive, proposed.max_information_transmit),
            min(self.window_transmit, proposed.window_receive),
            min(self.window_receive, proposed.window_transmit),
        )


def _value(identifier: int, value: int, width: int) -> bytes:
    return bytes((identifier, width)) + value.to_bytes(width, "big")


def read(reader: Reader) -> LinkParameters:
    """Take the information field of an SNRM or a UA; unknown parameters are skipped.

    Deviations: `group-length` (does not count the parameters that follow), `parameter-value` (out of the standard's
    range), `parameter-repeated`.

    Raises:
        DecodeError: another identifier, a parameter cut short, a value on no octets or more than 4.
    """
    if reader.u8("format-identifier") != FORMAT_IDENTIFIER:
        reader.fail("unknown format identifier", back=1, expected="81")
    if reader.u8("group-identifier") != GROUP_IDENTIFIER:
        reader.fail("unknown group identifier", back=1, expected="80")
    size = reader.u8("group-length")
    reader.mark(FieldKind.LENGTH_U8)
    if size != reader.remaining:
        reader.deviation("group-length", f"group length {size}, but {reader.remaining} octets follow", back=1)
    found: dict[int, int] = {}
    while reader.remaining:
        _parameter(reader, found)
    return LinkParameters(
        found.get(5, DEFAULT_MAX_INFORMATION), found.get(6, DEFAULT_MAX_INFORMATION), found.get(7, 1), found.get(8, 1)
    )


def _parameter(reader: Reader, found: dict[int, int]) -> None:
    identifier = reader.peek() or 0
    known = identifier in _NAMES
    if reader.recorder is not None:
        reader.enter(_NAMES.get(identifier, f"parameter-{identifier:02X}"))
    reader.u8("identifier")
    if identifier in found:
        reader.deviation("parameter-repeated", f"{_NAMES[identifier]} a second time", back=1)
    width = reader.u8("length")
    reader.mark(FieldKind.LENGTH_U8)
    if not known:
        reader.take("value", width)
    elif not 1 <= width <= 4:
        reader.fail(f"value on {width} octets", back=1, expected="1, 2 or 4 octets")
    else:
        value = reader.unsigned("value", width)
        largest = LARGEST_MAX_INFORMATION if identifier <= 6 else LARGEST_WINDOW
        if not 1 <= value <= largest:
            reader.deviation("parameter-value", f"{_NAMES[identifier]} {value}, expected 1 to {largest}", back=width)
        found[identifier] = value
    reader.leave()
