"""From a captured packet to what TCP or UDP carries in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Final

_NULL: Final = 0
_ETHERNET: Final = 1
_RAW: Final = (12, 14, 101)
"""LINKTYPE_RAW, and the DLT_RAW of some systems that end up in files."""
_LOOP: Final = 108
_LINUX_COOKED: Final = 113
_LINUX_COOKED_2: Final = 276
_IPV4_ONLY: Final = 228
_IPV6_ONLY: Final = 229
USER: Final = range(147, 163)
"""LINKTYPE_USER0 to USER15."""
NETWORKS: Final = frozenset((_NULL, _ETHERNET, *_RAW, _LOOP, _LINUX_COOKED, _LINUX_COOKED_2, _IPV4_ONLY, _IPV6_ONLY))
"""Link types that carry IP."""

_VLANS: Final = (0x8100, 0x88A8, 0x9100)
_MOST_VLANS: Final = 4
_IPV4: Final = 0x0800
_IPV6: Final = 0x86DD
_TCP: Final = 6
_UDP: Final = 17
_SKIPPED_HEADERS: Final = (0, 43, 60)
"""IPv6 hop-by-hop options, routing, destination options."""
_AUTHENTICATION: Final = 51
_FRAGMENT: Final = 44
_MOST_HEADERS: Final = 8

SYN: Final = 0x02
FIN: Final = 0x01
RST: Final = 0x04
ACK: Final = 0x10


class Carrier(Enum):
    """What a packet was found to be."""

    TCP = "TCP"
    UDP = "UDP"
    FRAGMENT = "IP fragment"
    OTHER = "other"


@dataclass(slots=True)
class Datagram:
    """What one packet carries.

    Attributes:
        carrier: what it is; the rest has a meaning for TCP and UDP only.
        source: address, packed.
        destination: address, packed.
        source_port: of TCP or UDP.
        destination_port: of TCP or UDP.
        payload: as captured.
        missing: octets of the payload that the capture cut off.
        sequence: of TCP.
        flags: of TCP.
    """

    carrier: Carrier
    source: bytes = b""
    destination: bytes = b""
    source_port: int = 0
    destination_port: int = 0
    payload: bytes = b""
    missing: int = 0
    sequence: int = 0
    flags: int = 0


_OTHER: Final = Datagram(Carrier.OTHER)
_IS_FRAGMENT: Final = Datagram(Carrier.FRAGMENT)


def datagram(link_type: int, octets: bytes) -> Datagram:
    """What the packet carries; never raises, whatever the octets."""
    start = _ip_start(link_type, octets)
    if start < 0 or start >= len(octets):
        return _OTHER
    version = octets[start] >> 4
    if version == 4:
        return _ipv4(octets, start)
    return _ipv6(octets, start) if version == 6 else _OTHER


def end_name(address: bytes, port: int) -> str:
    """An end of a connection as people write it."""
    shown = ip_address(address)
    return f"[{shown}]:{port}" if shown.version == 6 else f"{shown}:{port}"


def _ip_start(link_type: int, octets: bytes) -> int:
    """Where the IP header begins; -1 where there is none."""
    if link_type == _ETHERNET:
        return _behind_ethertype(octets, 12)
    if link_type in _RAW or link_type in (_IPV4_ONLY, _IPV6_ONLY):
        return 0
    if link_type == _LINUX_COOKED:
        return _behind_ethertype(octets, 14)
    if link_type == _LINUX_COOKED_2:
        return 20 if octets[:2] in (b"\x08\x00", b"\x86\xdd") else -1
    # The address family before the packet differs from system to system: the version of IP behind it decides.
    return 4 if link_type in (_NULL, _LOOP) else -1


def _behind_ethertype(octets: bytes, start: int) -> int:
    for _ in range(_MOST_VLANS):
        kind = int.from_bytes(octets[start : start + 2], "big")
        if kind in (_IPV4, _IPV6):
            return start + 2
        if kind not in _VLANS:
            return -1
        start += 4
    return -1


def _ipv4(octets: bytes, start: int) -> Datagram:
    header = (octets[start] & 0x0F) * 4
    if header < 20 or start + header > len(octets):
        return _OTHER
    total = octets[start + 2] << 8 | octets[start + 3]
    if (octets[start + 6] << 8 | octets[start + 7]) & 0x3FFF:
        return _IS_FRAGMENT
    # Packets that the network card is to cut into segments are captured with a total length of 0.
    end = start + total if total >= header else len(octets)
    addresses = octets[start + 12 : start + 16], octets[start + 16 : start + 20]
    return _transport(octets, octets[start + 9], start + header, end, addresses)


def _ipv6(octets: bytes, start: int) -> Datagram:
    if start + 40 > len(octets):
        return _OTHER
    size = octets[start + 4] << 8 | octets[start + 5]
    end = start + 40 + size if size else len(octets)
    addresses = octets[start + 8 : start + 24], octets[start + 24 : start + 40]
    kind, position = octets[start + 6], start + 40
    for _ in range(_MOST_HEADERS):
        if kind in (_TCP, _UDP):
            return _transport(octets, kind, position, end, addresses)
        if kind == _FRAGMENT:
            return _IS_FRAGMENT
        if position + 8 > len(octets) or kind not in (*_SKIPPED_HEADERS, _AUTHENTICATION):
            return _OTHER
        size = octets[position + 1]
        position, kind = (
            position + (size + 2) * 4 if kind == _AUTHENTICATION else position + (size + 1) * 8,
            octets[position],
        )
    return _OTHER


def _transport(octets: bytes, kind: int, start: int, end: int, addresses: tuple[bytes, bytes]) -> Datagram:
    if kind == _TCP and start + 20 <= len(octets):
        header = (octets[start + 12] >> 4) * 4
        if header < 20:
            return _OTHER
        found = Datagram(Carrier.TCP, *addresses)
        found.sequence = int.from_bytes(octets[start + 4 : start + 8], "big")
        found.flags = octets[start + 13]
    elif kind == _UDP and start + 8 <= len(octets):
        header = 8
        found = Datagram(Carrier.UDP, *addresses)
    else:
        return _OTHER
    found.source_port = octets[start] << 8 | octets[start + 1]
    found.destination_port = octets[start + 2] << 8 | octets[start + 3]
    found.payload = octets[start + header : end]
    found.missing = max(end - max(len(octets), start + header), 0)
    return found
