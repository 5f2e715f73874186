"""How the meter communicates, as it tells its clients: HDLC, TCP-UDP, IPv4 and MAC address (IEC 62056-6-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.values import (
    array,
    boolean,
    double_long_unsigned,
    enum,
    long_unsigned,
    octet_string,
    unsigned,
)
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LARGEST_WINDOW
from conformance.meter.model.cosem_object import CosemObject, readable

HDLC_SETUP: Final = octets_of("0-0:22.0.0.255")
TCP_UDP_SETUP: Final = octets_of("0-0:25.0.0.255")
IPV4_SETUP: Final = octets_of("0-0:25.1.0.255")
MAC_ADDRESS_SETUP: Final = octets_of("0-0:25.2.0.255")

_COMM_SPEED_9600: Final = 5


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
