"""Requests as lax meters read them: what is missing, unknown or too much passes."""

from __future__ import annotations

from typing import Final

from conformance.dlms.data.types import DataType
from conformance.dlms.xdlms import access, get, read
from conformance.dlms.xdlms import set as set_service
from conformance.meter import access_response_faults

_GET_NORMAL_OCTETS: Final = 13
_READ_ONE_OCTETS: Final = 5
_VALUE_OF_ONE: Final = {b"\xc1\x01": 13, b"\x06\x01": 6}
"""Where the value stands in a set-request-normal and in a write-request for one variable-name."""
_KNOWN_CHOICES: Final = {get.REQUEST_TAG: range(1, 4), set_service.REQUEST_TAG: range(1, 6)}


def mended(octets: bytes, faults: frozenset[str]) -> bytes:
    """The request that a meter with these defects takes `octets` for."""
    if octets[0] == access.REQUEST_TAG:
        return access_response_faults.mended(octets, faults)
    choices = _KNOWN_CHOICES.get(octets[0])
    if choices is not None and len(octets) > 1 and octets[1] not in choices and "unknown-choice-served" in faults:
        octets = octets[:1] + b"\x01" + octets[2:]
    if octets[:2] == b"\xc0\x01" and len(octets) == _GET_NORMAL_OCTETS - 1 and "truncated-get-served" in faults:
        octets += b"\x00"
    if octets[:2] == b"\xc0\x01" and octets[12:13] == b"\x00" and "trailing-octets-of-get-ignored" in faults:
        octets = octets[:_GET_NORMAL_OCTETS]
    if octets[:3] == b"\x05\x01\x02":
        octets = _mended_read(octets, faults)
    value = _VALUE_OF_ONE.get(octets[:2])
    return octets if value is None else _mended_value(octets, value, faults)


def _mended_read(octets: bytes, faults: frozenset[str]) -> bytes:
    """A ReadRequest for one variable-name."""
    if len(octets) == _READ_ONE_OCTETS - 1 and "truncated-read-served" in faults:
        return octets + b"\x00"
    if len(octets) > _READ_ONE_OCTETS and octets[0] == read.REQUEST_TAG and "trailing-octets-of-read-ignored" in faults:
        return octets[:_READ_ONE_OCTETS]
    return octets


def _mended_value(octets: bytes, start: int, faults: frozenset[str]) -> bytes:
    """A SET or Write of an octet-string with a length of one octet, whose value stands at `start`."""
    if len(octets) < start + 2 or octets[start] != DataType.OCTET_STRING or octets[start + 1] >= 0x80:
        return octets
    size, present = octets[start + 1], len(octets) - start - 2
    if present < size and "truncated-value-written" in faults:
        return octets[: start + 1] + bytes((present,)) + octets[start + 2 :]
    if present > size and "trailing-octets-of-set-ignored" in faults:
        return octets[: start + 2 + size]
    return octets
