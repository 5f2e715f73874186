"""A wrapper PDU as it was heard: whole or not, with its header."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from conformance.diagnose.intake.conversation import Damage, Direction, Unit
from conformance.dlms.wrapper import HEADER_OCTETS, VERSION

_HEADER: Final = Struct(">4H")
_UNCONFIRMED: Final = frozenset(b"\x0f\x16\x18\xc2\xca\xd2")
"""Tags of APDUs that nobody answers."""
_WITH_CLASS: Final = frozenset(b"\xc0\xc1\xc3")
_CONFIRMED: Final = 0x40
"""Service class in invoke-id-and-priority."""


@dataclass(frozen=True, slots=True)
class WrapperUnit:
    """A wrapper PDU, be it whole or not, whose header is there.

    Attributes:
        index: in the units of the conversation.
        unit: as it was cut.
        direction: who sent it.
        version: as it stands.
        source: wPort.
        destination: wPort.
        length: as the header says.
        data: octets behind the header.
    """

    index: int
    unit: Unit
    direction: Direction | None
    version: int
    source: int
    destination: int
    length: int
    data: bytes

    @property
    def sound(self) -> bool:
        """Whether a receiver takes it."""
        return self.version == VERSION and self.length == len(self.data) and bool(self.data)

    def answers(self, request: WrapperUnit) -> bool:
        """Whether it goes back between the wPorts of a request."""
        return (self.source, self.destination) == (request.destination, request.source)

    @property
    def unconfirmed(self) -> bool:
        """Whether nobody answers it: a notification, or a request of that service class."""
        data = self.data
        if not data:
            return False
        return data[0] in _UNCONFIRMED or (data[0] in _WITH_CLASS and len(data) > 2 and not data[2] & _CONFIRMED)

    @property
    def name(self) -> str:
        """Where the file has it."""
        return str(self.unit.place)


def read_unit(index: int, unit: Unit) -> WrapperUnit | None:
    """The PDU that a unit is; None where there is no header."""
    octets = unit.octets
    if len(octets) < HEADER_OCTETS or unit.damage is Damage.FORMAT:
        return None
    version, source, destination, length = _HEADER.unpack_from(octets)
    return WrapperUnit(index, unit, unit.direction, version, source, destination, length, octets[HEADER_OCTETS:])
