"""What a string holds, checked: logical names, dates and times, titles, text, APDUs and certificates inside strings."""

from __future__ import annotations

from typing import Final

from conformance.cosem.type_language import Format
from conformance.dlms.apdu import TAGS
from conformance.dlms.data.datetime import CosemDate, CosemDateTime, CosemTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import decode

_LENGTHS: Final = {Format.LOGICAL_NAME: 6, Format.TITLE: 8}
_DER_SEQUENCE: Final = 0x30


def format_fault(value: Data, format_: Format) -> str | None:
    """What is wrong with the content of a string that should hold `format_`; None when it does.

    Args:
        value: an octet-string, visible-string or utf8-string.
        format_: what it should hold.
    """
    if format_ is Format.TEXT:
        return _text_fault(value)
    octets = _octets(value)
    if octets is None:
        return f"characters that are no octets cannot be a {format_.value}"
    length = _LENGTHS.get(format_)
    if length is not None:
        return None if len(octets) == length else f"{len(octets)} octets; a {format_.value} has {length}"
    match format_:
        case Format.APDU:
            return _apdu_fault(octets)
        case Format.CERTIFICATE:
            return _certificate_fault(octets)
        case _:
            return _moment_fault(octets, format_)


def _octets(value: Data) -> bytes | None:
    if value.type is DataType.OCTET_STRING:
        return bytes(value.value)
    try:
        return str(value.value).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _moment_fault(octets: bytes, format_: Format) -> str | None:
    deviations: list[Deviation] = []
    name = format_.value
    try:
        match format_:
            case Format.DATE:
                decode(octets, CosemDate.read, name, deviations=deviations)
            case Format.TIME:
                decode(octets, CosemTime.read, name, deviations=deviations)
            case _:
                decode(octets, CosemDateTime.read, name, deviations=deviations)
    except DecodeError:
        return f"{len(octets)} octets, which make no {name}"
    return "; ".join(deviation.message for deviation in deviations[:4]) or None


def _text_fault(value: Data) -> str | None:
    if value.type is DataType.OCTET_STRING:
        try:
            text = bytes(value.value).decode("utf-8")
        except UnicodeDecodeError:
            return "octets that are no text"
    else:
        text = str(value.value)
    wrong = next((character for character in text if not character.isprintable()), None)
    return None if wrong is None else f"character {ord(wrong):#04x}, which is not printable"


def _apdu_fault(octets: bytes) -> str | None:
    if not octets:
        return "no octets, where an APDU begins with its tag"
    return None if octets[0] in TAGS else f"{octets[0]:02X} is the tag of no APDU"


def _certificate_fault(octets: bytes) -> str | None:
    """X.509 in DER: one SEQUENCE that spans all octets."""
    if len(octets) < 2 or octets[0] != _DER_SEQUENCE:
        return "no DER SEQUENCE (30), with which a certificate begins"
    first = octets[1]
    count = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(octets[2 : 2 + count], "big") if count else first
    if len(octets) != 2 + count + length:
        return f"{len(octets)} octets, where its own length says {2 + count + length}"
    return None
