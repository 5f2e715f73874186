"""Values as the data files of these tests write them: `{u16 8, ln 0-0:1.0.0.255, [i8 2, i8 3]}`.

`{…}` is a structure, `[…]` an array; the words are those of `_WORDS`. Octet-strings are hexadecimal, `dt` is a
date-time octet-string that is sound.
"""

import re

from conformance.cosem.obis import octets_of
from conformance.dlms.data import values
from conformance.dlms.data.types import Data

SOUND_DATE_TIME = bytes.fromhex("07E8 02 1D 04 0C 1E 00 00 FFC4 00".replace(" ", ""))
"""29 February 2024, a Thursday, 12:30:00.00, UTC+1."""

_TOKEN = re.compile(r"\s*([{}\[\],]|[^{}\[\],]+)")
_WORDS = {
    "null": lambda _text: values.null(),
    "bool": lambda text: values.boolean({"true": True, "false": False}[text]),
    "bits": values.bit_string,
    "os": lambda text: values.octet_string(bytes.fromhex(text)),
    "ln": lambda text: values.octet_string(octets_of(text)),
    "dt": lambda _text: values.octet_string(SOUND_DATE_TIME),
    "vis": values.visible_string,
    "utf8": values.utf8_string,
    "enum": lambda text: values.enum(int(text)),
    "i8": lambda text: values.integer(int(text)),
    "i16": lambda text: values.long(int(text)),
    "i32": lambda text: values.double_long(int(text)),
    "u8": lambda text: values.unsigned(int(text)),
    "u16": lambda text: values.long_unsigned(int(text)),
    "u32": lambda text: values.double_long_unsigned(int(text)),
    "u64": lambda text: values.long64_unsigned(int(text)),
}


def value_of(text: str) -> Data:
    """The value that one line of the notation says; ValueError names what is no value."""
    tokens = _TOKEN.findall(text.strip())
    value, rest = _value(tokens, text)
    if rest:
        raise ValueError(f"{text!r} goes on after the value: {rest[0]!r}")
    return value


def _value(tokens: list[str], text: str) -> tuple[Data, list[str]]:
    if not tokens:
        raise ValueError(f"{text!r} ends where a value is due")
    first, rest = tokens[0].strip(), tokens[1:]
    if first in "{[":
        return _container(first, rest, text)
    word, _, content = first.partition(" ")
    if word not in _WORDS:
        raise ValueError(f"{text!r}: {word!r} is no word of the notation")
    return _WORDS[word](content.strip()), rest


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
