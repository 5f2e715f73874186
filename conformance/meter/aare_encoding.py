"""The octets of the AARE, with what some meters make of them."""

from __future__ import annotations

from typing import Final

from conformance.dlms.acse.aare import Aare

_RESULT: Final = bytes.fromhex("A203020100")
_RESULT_OCTETS: Final = 5
_DIAGNOSTIC_OCTETS: Final = 7
_HEAD: Final = 13
"""Tag and length of an AARE of up to 127 octets, and its application-context-name."""


def encode_aare(aare: Aare, faults: frozenset[str]) -> bytes:
    """The AARE as the standard wants it, unless the meter has a defect here."""
    octets = aare.encode()
    if octets[1] >= 0x80 - 1:
        # The defects below move within short AAREs, and all of this meter's are short.
        return octets
    if "aare-components-out-of-order" in faults:
        end = _HEAD + _RESULT_OCTETS + _DIAGNOSTIC_OCTETS
        swapped = octets[_HEAD + _RESULT_OCTETS : end] + octets[_HEAD : _HEAD + _RESULT_OCTETS]
        octets = octets[:_HEAD] + swapped + octets[end:]
    if "aare-length-one-too-small" in faults:
        octets = bytes((octets[0], octets[1] - 1)) + octets[2:]
    if "aare-long-form-lengths" in faults:
        octets = bytes((octets[0], octets[1] + 1)) + octets[2:3] + b"\x81" + octets[3:]
    if "aare-result-not-minimal" in faults:
        octets = bytes((octets[0], octets[1] + 1)) + octets[2:].replace(_RESULT, bytes.fromhex("A20402020000"), 1)
    return octets
