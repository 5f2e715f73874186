"""Values of attributes as data files write them: `{u16 8, ln 0-0:1.0.0.255, [i8 2, i8 3]}`.

`{…}` is a structure, `[…]` an array; anything else is a word and what belongs to it:

    null                    null-data
    bool true               boolean
    bits 1010               bit-string
    os 0A0B, text abc       octet-string, by its octets in hexadecimal digits or its ASCII characters
    ln 1-0:1.8.0.255        octet-string of six octets, a logical name
    dt, date-time           29 February 2024, 12:30, as octet-string of 12 octets, and as date-time of its own type
    vis abc, utf8 abc       visible-string, utf8-string
    enum 3                  enum
    i8, i16, i32, u8, u16, u32, u64     integer, long, double-long, unsigned, … with the number

Characters of strings may be any but `{}[],`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from conformance.cosem.obis import octets_of
from conformance.dlms.data import values
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data

SOUND_DATE_TIME: Final = bytes.fromhex("07E8021D040C1E0000FFC400")
"""29 February 2024, a Thursday, 12:30:00.00, UTC+1."""

_TOKEN = re.compile(r"\s*([{}\[\],]|[^{}\[\],]+)")
_MOMENT: Final = CosemDateTime(2024, 2, 29, 4, 12, 30, 0, 0, -60)
_NUMBERS: Final[Mapping[str, Callable[[int], Data]]] = {
    "enum": values.enum,
    "i8": values.integer,
    "i16": values.long,
    "i32": values.double_long,
    "u8": values.unsigned,
    "u16": values.long_unsigned,
    "u32": values.double_long_unsigned,
    "u64": values.long64_unsigned,
}
_WORDS: Final[Mapping[str, Callable[[str], Data]]] = {
    "null": lambda _text: values.null(),
    "bool": lambda text: values.boolean({"true": True, "false": False}[text]),
    "bits": values.bit_string,
    "os": lambda text: values.octet_string(bytes.fromhex(text)),
    "text": lambda text: values.octet_string(text.encode("ascii")),
    "ln": lambda text: values.octet_string(octets_of(text)),
    "dt": lambda _text: values.octet_string(SOUND_DATE_TIME),
    "date-time": lambda _text: values.date_time(_MOMENT),
    "vis": values.visible_string,
    "utf8": values.utf8_string,
}


def value_of(text: str) -> Data:
    """The value that one line of the notation says.

    Raises:
        ValueError: it is no value; the message has the text and what is wrong with it.
    """
    tokens = _TOKEN.findall(text.strip())
    value, rest = _value(tokens, text)
    if rest:
        raise ValueError(f"{text!r} goes on after the value: {rest[0]!r}")
    return value


def _value(tokens: list[str], text: str) -> tuple[Data, list[str]]:
    if not tokens:
        raise ValueError(f"{text!r} ends where a value is due")
    first, rest = tokens[0].strip(), tokens[1:]
    if first in ("{", "["):
        return _container(first, rest, text)
    word, _, content = first.partition(" ")
    try:
        if word in _NUMBERS:
            return _NUMBERS[word](int(content)), rest
        if word in _WORDS:
            return _WORDS[word](content.strip()), rest
    except (ValueError, KeyError) as error:
        raise ValueError(f"{text!r}: {content!r} is nothing that {word!r} can be: {error}") from None
    raise ValueError(f"{text!r}: {word!r} is no word of the notation")


def _container(opening: str, tokens: list[str], text: str) -> tuple[Data, list[str]]:
    closing, make = ("}", values.structure) if opening == "{" else ("]", values.array)
    elements: list[Data] = []
    while tokens and tokens[0].strip() != closing:
        element, tokens = _value(tokens, text)
        elements.append(element)
        if tokens and tokens[0] == ",":
            tokens = tokens[1:]
    if not tokens:
        raise ValueError(f"{text!r}: {closing} is missing")
    return make(*elements), tokens[1:]
