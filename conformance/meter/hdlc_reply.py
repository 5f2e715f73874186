"""The octets of a reply as they leave the meter, sound or spoilt by a defect."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame

_WITHOUT_FINAL: Final = {FrameType.UA: "hdlc-ua-without-final", FrameType.RR: "hdlc-rr-without-final"}
_FCS_WRONG: Final = {FrameType.DM: "hdlc-dm-with-wrong-fcs", FrameType.FRMR: "hdlc-frmr-with-wrong-fcs"}
_SOME_PHYSICAL_DEVICE: Final = 16


def octets_of(reply: Frame, defects: frozenset[str]) -> bytes:
    """A reply as it is sent."""
    if not defects:
        return reply.encode()
    kind = reply.control.type
    if _WITHOUT_FINAL.get(kind) in defects:
        reply = replace(reply, control=replace(reply.control, poll_final=False))
    if kind is FrameType.FRMR and "hdlc-frmr-without-information" in defects:
        reply = replace(reply, information=b"")
    if kind is FrameType.UA and "hdlc-ua-addresses-not-swapped" in defects:
        reply = replace(reply, destination=reply.source, source=reply.destination)
    source = reply.source
    if source.length > 1 and source.upper <= 0x7F and "hdlc-reply-address-shortened" in defects:
        reply = replace(reply, source=HdlcAddress(source.upper))
    if source.length == 1 and "hdlc-reply-address-extended" in defects:
        reply = replace(reply, source=HdlcAddress(source.upper, _SOME_PHYSICAL_DEVICE, 2))
    octets = reply.encode()
    if _FCS_WRONG.get(kind) in defects:
        octets = octets[:-3] + bytes((octets[-3] ^ 0x01,)) + octets[-2:]
    return octets
