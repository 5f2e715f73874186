"""From a frame stimulus to the octets of one HDLC frame: whom it is addressed to, then what is altered in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from conformance.device.model import AssociationSettings, Device
from conformance.dlms.alteration import Alteration, AlterationError, Change, Operation, alter
from conformance.dlms.hdlc.address import NO_STATION, HdlcAddress
from conformance.dlms.hdlc.control import Control
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import dissect
from conformance.tester.stimulus import Destination, Layer, Stimulus, Template

LEGAL_OCTETS: Final = (1, 2, 4)
"""Octets of an HDLC address."""
_ALL_STATIONS: Final = {1: 0x7F, 2: 0x7F, 4: 0x3FFF}
_LAST_FREE: Final = {1: 0x7D, 2: 0x7D, 4: 0x3FFD}
"""The highest address that is not reserved: 7E and 3FFE are the CALLING physical device, 7F and 3FFF all stations."""
_FIELDS: Final = "hdlc-frame.content"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The HDLC addresses of a device and of one of its clients.

    Attributes:
        client: of the client, on 1 octet.
        logical_device: upper address of the server.
        lower: physical device; None where none is declared.
        octets: of the server address in use.
        logical_devices: upper addresses of all logical devices that are declared.
    """

    client: HdlcAddress
    logical_device: int
    lower: int | None
    octets: int
    logical_devices: frozenset[int]

    @staticmethod
    def of(device: Device, settings: AssociationSettings) -> Addresses:
        """Those that an association of a device is declared with."""
        return Addresses(
            HdlcAddress(settings.client_sap),
            settings.logical_device,
            device.hdlc.server_lower,
            device.hdlc.address_length,
            frozenset(item.sap for item in device.logical_devices),
        )

    def server(self, octets: int | None = None) -> HdlcAddress:
        """The server's own address on 1, 2 or 4 octets; None takes the ones in use.

        Raises:
            AlterationError: no lower address is declared, and `octets` needs one.
        """
        return self._address(self.logical_device, self.lower, octets or self.octets)

    def destination(self, wanted: Destination, octets: int | None = None) -> HdlcAddress:
        """An address for a destination, on 1, 2 or 4 octets.

        Raises:
            AlterationError: it has no such form.
        """
        size = octets or self.octets
        match wanted:
            case Destination.OWN:
                return self.server(size)
            case Destination.UNKNOWN_LOGICAL_DEVICE:
                return self._address(_other_than(self.logical_devices, size), self.lower, size)
            case Destination.UNKNOWN_PHYSICAL_DEVICE:
                if size == 1:
                    raise AlterationError("an HDLC address on 1 octet names no physical device")
                return self._address(self.logical_device, _other_than({self.lower}, size), size)
            case Destination.ALL_STATIONS:
                return self._address(_ALL_STATIONS[size], None if size == 1 else _ALL_STATIONS[size], size)
            case Destination.NO_STATION:
                return self._address(NO_STATION, None if size == 1 else NO_STATION, size)

    def _address(self, upper: int, lower: int | None, octets: int) -> HdlcAddress:
        if octets == 1:
            return HdlcAddress(upper)
        if lower is None:
            raise AlterationError(f"an HDLC address on {octets} octets needs server_lower in the device config")
        return HdlcAddress(upper, lower, octets)


def _other_than(known: Collection[int | None], octets: int) -> int:
    return next(address for address in range(_LAST_FREE[octets], 0, -1) if address not in known)


def render_frame(stimulus: Stimulus, addresses: Addresses) -> bytes:
    """The octets of a frame stimulus as they go on the line.

    Raises:
        AlterationError: it is none, or alters a field that the frame does not have.
    """
    if stimulus.template is Template.LINE:
        if stimulus.changes:
            raise AlterationError(f"{stimulus}: octets on the line have no fields; give them as they are to be sent")
        return stimulus.octets
    if stimulus.template is not Template.FRAME:
        raise AlterationError(f"{stimulus}: the bare link sends frames only; an association sends this one")
    for layer, change in stimulus.changes:
        if layer is not Layer.HDLC:
            raise AlterationError(f"{change}: a frame stimulus is altered by paths that begin with hdlc-frame")
    changes: list[Change] = []
    octets = stimulus.address_octets
    if octets is None or octets in LEGAL_OCTETS:
        destination = addresses.destination(stimulus.destination, octets)
    else:
        destination = addresses.destination(stimulus.destination)
        coded = destination.encode().rjust(octets, b"\x00")[-octets:]
        changes.append(Alteration(f"{_FIELDS}.destination-address", Operation.REPLACE, coded))
    control = Control.decode(stimulus.control)
    valid = Frame(destination, addresses.client, control, stimulus.octets, stimulus.segmented).encode()
    changes += stimulus.at(Layer.HDLC)
    if not changes:
        return valid
    return alter(valid, dissect(valid, read_frame, "hdlc-frame").root, changes, check_sequence=fcs16)


def answering_pair(octets: bytes) -> tuple[bytes, bytes] | None:
    """The addresses between which a frame that was sent is answered, client first; None when it has no legal ones."""
    root = dissect(octets, read_frame, "hdlc-frame").root
    source, destination, control = (
        root.find(f"{_FIELDS}.{name}") for name in ("source-address", "destination-address", "control")
    )
    if source is None or destination is None or control is None:
        # The decoder stops at an address that is none, and finds no control field.
        return None
    return octets[source.start : source.end], octets[destination.start : destination.end]
