"""Requests as lax meters read them: what is missing, unknown or too much passes."""

from __future__ import annotations

from typing import Final

from conformance.dlms.xdlms import get, read
from conformance.dlms.xdlms import set as set_service

_GET_NORMAL_OCTETS: Final = 13
_READ_ONE_OCTETS: Final = 5
_KNOWN_CHOICES: Final = {get.REQUEST_TAG: range(1, 4), set_service.REQUEST_TAG: range(1, 6)}


def mended(octets: bytes, faults: frozenset[str]) -> bytes:
    """The request that a meter with these defects takes `octets` for."""
    choices = _KNOWN_CHOICES.get(octets[0])
    if choices is not None and len(octets) > 1 and octets[1] not in choices and "unknown-choice-served" in faults:
        octets = octets[:1] + b"\x01" + octets[2:]
    if octets[:2] == b"\xc0\x01" and len(octets) == _GET_NORMAL_OCTETS - 1 and "truncated-get-served" in faults:
        octets += b"\x00"
    if octets[:2] == b"\xc0\x01" and octets[12:13] == b"\x00" and "trailing-octets-of-get-ignored" in faults:
        octets = octets[:_GET_NORMAL_OCTETS]
    if octets[:3] == b"\x05\x01\x02":
        octets = _mended_read(octets, faults)
    return octets


def _mended_read(octets: bytes, faults: frozenset[str]) -> bytes:
    """A ReadRequest for one variable-name."""
    if len(octets) == _READ_ONE_OCTETS - 1 and "truncated-read-served" in faults:
        return octets + b"\x00"
    if len(octets) > _READ_ONE_OCTETS and octets[0] == read.REQUEST_TAG and "trailing-octets-of-read-ignored" in faults:
        return octets[:_READ_ONE_OCTETS]
    return octets
