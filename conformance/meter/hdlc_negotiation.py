"""What the secondary station settles on when a link is set up (IEC 62056-46, 6.4.4)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc import parameters
from conformance.dlms.hdlc.parameters import FORMAT_IDENTIFIER, LinkParameters
from conformance.dlms.reader import decode

_READABLE: Final = frozenset(("parameter-value",))
_KNOWN: Final = range(5, 9)
_HEADER_OCTETS: Final = 3
"""Format identifier, group identifier, group length."""


def proposed(information: bytes, defects: frozenset[str] = frozenset()) -> LinkParameters | None:
    """What the client proposes in its SNRM; None when it cannot be read, or makes no sense.

    Parameters that are absent have their default, unknown ones are skipped.
    """
    if not information:
        return LinkParameters()
    if "hdlc-unknown-parameter-refused" in defects and any(item not in _KNOWN for item in _identifiers(information)):
        return None
    if "hdlc-parameter-on-two-octets-misread" in defects:
        information = _first_octets_only(information)
    deviations: list[Deviation] = []
    try:
        found = decode(information, parameters.read, "parameters", deviations=deviations)
    except DecodeError:
        return None
    sizes = (found.max_information_transmit, found.max_information_receive)
    windows = (found.window_transmit, found.window_receive)
    if min(*sizes, *windows) < 1 or any(deviation.code not in _READABLE for deviation in deviations):
        return None
    return found


def settled(
    abilities: LinkParameters, wanted: LinkParameters, information: bytes, defects: frozenset[str] = frozenset()
) -> LinkParameters:
    """What holds on the link: never more than either side can do."""
    if not information and "hdlc-default-length-not-applied" in defects:
        return abilities
    return abilities.answer_to(wanted)


def answer(
    abilities: LinkParameters, negotiated: LinkParameters, information: bytes, defects: frozenset[str] = frozenset()
) -> bytes:
    """The information field of the UA.

    Without parameters in the SNRM the defaults hold, and more than those cannot be agreed to: nothing is to be told.
    """
    if not information and abilities.answer_to(LinkParameters()) == LinkParameters():
        return b""
    return (abilities if "hdlc-ua-exceeds-the-proposal" in defects else negotiated).encode()


def group_overruns(information: bytes) -> bool:
    """Whether a parameter group says that it is longer than the information field which holds it."""
    return len(information) >= _HEADER_OCTETS and information[2] > len(information) - _HEADER_OCTETS


def _identifiers(information: bytes) -> list[int]:
    found = []
    place = _HEADER_OCTETS
    while information[:1] == bytes((FORMAT_IDENTIFIER,)) and place + 1 < len(information):
        found.append(information[place])
        place += 2 + information[place + 1]
    return found


def _first_octets_only(information: bytes) -> bytes:
    """The parameters with every length cut to one octet: a receiver that reads a single octet of each value."""
    group = bytearray()
    place = _HEADER_OCTETS
    while place + 1 < len(information):
        identifier, width = information[place], information[place + 1]
        value = information[place + 2 : place + 2 + width]
        if identifier in (5, 6) and len(value) > 1:
            value = value[:1]
        group += bytes((identifier, len(value))) + value
        place += 2 + width
    return information[:2] + bytes((len(group),)) + bytes(group)
