"""How the meter communicates, as it tells its clients: HDLC, TCP-UDP, IPv4, MAC address and push (IEC 62056-6-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import LOGICAL_DEVICE_NAME, ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    boolean,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LARGEST_WINDOW
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.access import invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import CosemObject, Method, readable
from conformance.meter.model.session import MethodOutcome, Session

HDLC_SETUP: Final = octets_of("0-0:22.0.0.255")
TCP_UDP_SETUP: Final = octets_of("0-0:25.0.0.255")
IPV4_SETUP: Final = octets_of("0-0:25.1.0.255")
MAC_ADDRESS_SETUP: Final = octets_of("0-0:25.2.0.255")
PUSH_SETUP: Final = octets_of("0-0:25.9.0.255")

_COMM_SPEED_9600: Final = 5
_PUSH_OVER_TCP: Final = 0
_A_XDR_MESSAGE: Final = 0


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What the data link layers of the meter do, for the setup objects to tell the truth.

    Sizes are in octets of the information field, and like the windows the most that the meter agrees to when a link is
    set up; `inter_octet_timeout_ms` is in milliseconds, the other times in seconds.
    """

    window_size_transmit: int = LARGEST_WINDOW
    window_size_receive: int = LARGEST_WINDOW
    max_information_field_length_transmit: int = LARGEST_MAX_INFORMATION
    max_information_field_length_receive: int = LARGEST_MAX_INFORMATION
    inter_octet_timeout_ms: int = 25
    inactivity_timeout_s: int = 120
    hdlc_device_address: int = 16
    tcp_udp_port: int = 4059
    tcp_inactivity_timeout_s: int = 180


def hdlc_setup(facts: LinkFacts) -> CosemObject:
    """IEC HDLC setup, class_id 23, version 1."""
    return CosemObject(
        ClassId.IEC_HDLC_SETUP,
        1,
        HDLC_SETUP,
        (
            readable(2, enum(_COMM_SPEED_9600)),
            readable(3, unsigned(facts.window_size_transmit)),
            readable(4, unsigned(facts.window_size_receive)),
            readable(5, long_unsigned(facts.max_information_field_length_transmit)),
            readable(6, long_unsigned(facts.max_information_field_length_receive)),
            readable(7, long_unsigned(facts.inter_octet_timeout_ms)),
            readable(8, long_unsigned(facts.inactivity_timeout_s)),
            readable(9, long_unsigned(facts.hdlc_device_address)),
        ),
    )


def network_setup(facts: LinkFacts) -> tuple[CosemObject, CosemObject, CosemObject]:
    """TCP-UDP setup (41), with the IPv4 setup (42) that it refers to and the MAC address setup (43) below that.

    Addresses are from the ranges reserved for documentation.
    """
    tcp_udp = CosemObject(
        ClassId.TCP_UDP_SETUP,
        0,
        TCP_UDP_SETUP,
        (
            readable(2, long_unsigned(facts.tcp_udp_port)),
            readable(3, octet_string(IPV4_SETUP)),
            readable(4, long_unsigned(576)),
            readable(5, unsigned(4)),
            readable(6, long_unsigned(facts.tcp_inactivity_timeout_s)),
        ),
    )
    ipv4 = CosemObject(
        ClassId.IPV4_SETUP,
        0,
        IPV4_SETUP,
        (
            readable(2, octet_string(MAC_ADDRESS_SETUP)),
            readable(3, double_long_unsigned(0xC000_020A)),
            readable(4, array()),
            readable(5, array()),
            readable(6, double_long_unsigned(0xFFFF_FF00)),
            readable(7, double_long_unsigned(0xC000_0201)),
            readable(8, boolean(False)),
            readable(9, double_long_unsigned(0)),
            readable(10, double_long_unsigned(0)),
        ),
    )
    mac = CosemObject(
        ClassId.MAC_ADDRESS_SETUP, 0, MAC_ADDRESS_SETUP, (readable(2, octet_string(bytes.fromhex("00005E005301"))),)
    )
    return tcp_udp, ipv4, mac


class PushSetup:
    """Push setup, class_id 40, version 0: on push(), the meter sends its logical device name to a fixed destination."""

    def __init__(self, logical_device_name: bytes) -> None:
        self._logical_device_name = logical_device_name

    def build(self) -> CosemObject:
        """The object; only the management client may invoke push."""
        pushed = (
            _push_object(ClassId.PUSH_SETUP, PUSH_SETUP, 1),
            _push_object(ClassId.DATA, LOGICAL_DEVICE_NAME, 2),
        )
        destination = structure(enum(_PUSH_OVER_TCP), octet_string(b"192.0.2.1:4059"), enum(_A_XDR_MESSAGE))
        return CosemObject(
            ClassId.PUSH_SETUP,
            0,
            PUSH_SETUP,
            (
                readable(2, array(*pushed)),
                readable(3, destination),
                readable(4, array()),
                readable(5, long_unsigned(0)),
                readable(6, unsigned(0)),
                readable(7, long_unsigned(0)),
            ),
            (Method(1, self._push, invoked_by(AccessLevel.MANAGEMENT)),),
        )

    def _push(self, session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        if session.hooks is None:
            return MethodOutcome(ActionResult.OTHER_REASON)
        body = structure(octet_string(PUSH_SETUP), octet_string(self._logical_device_name))
        return MethodOutcome(session.hooks.push(session, body, now))


def _push_object(class_id: ClassId, logical_name: bytes, attribute: int) -> Data:
    return structure(long_unsigned(int(class_id)), octet_string(logical_name), integer(attribute), long_unsigned(0))
