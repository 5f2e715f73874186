"""HDLC addresses that the device config does not declare, and that are answered all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.device.model import Device
from conformance.diagnose.layers.seen import Seen, Turn, server_words
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType

_DESTINATION: Final = "hdlc-frame.destination"
_SERVES: Final = frozenset((FrameType.UA, FrameType.I, FrameType.RR, FrameType.RNR))
_MANAGEMENT: Final = 1
"""The management logical device, which every physical device has."""
_MOST: Final = 64
"""Addresses that are told apart."""


def explain(turns: Sequence[Turn], device: Device, said: Statements) -> None:
    """Each undeclared address once: either the config lacks it, or the meter takes what is not meant for it."""
    looked_at: set[HdlcAddress] = set()
    for turn in turns:
        request = turn.request
        if request is None or request.broken or request.look is None or len(looked_at) >= _MOST:
            continue
        asked = request.look.destination
        if asked in looked_at or asked.all_station or asked.no_station:
            continue
        answer = next((frame for frame in turn.received if _from(frame, asked)), None)
        if answer is not None:
            looked_at.add(asked)
            _judge(request, answer, asked, device, said)


def _from(frame: Seen, asked: HdlcAddress) -> bool:
    """Whether an answer comes from the address that was asked, and takes the command."""
    return not frame.broken and frame.look is not None and frame.look.source == asked and frame.type in _SERVES


def _judge(request: Seen, answer: Seen, asked: HdlcAddress, device: Device, said: Statements) -> None:
    hdlc = device.hdlc
    told = f"{answer.name[:1].upper()}{answer.name[1:]} answers for {server_words(asked)}, "
    other = "else the meter takes what is not addressed to it, and on a bus it speaks in the place of another one."
    if asked.length not in hdlc.addressing:
        forms = ", ".join(map(str, sorted(hdlc.addressing)))
        text = f"{told}and the device config claims server addresses of {forms} octets only."
        hint = f"Add {asked.length} to addressing under [hdlc] if the meter is to take it; {other}"
        said.warning("undeclared-address-length-answered", answer.index, _DESTINATION, text, hint)
    elif None not in (asked.lower, hdlc.server_lower) and asked.lower != hdlc.server_lower:
        text = f"{told}and the device config declares the physical device {hdlc.server_lower}."
        hint = f"Look whether another meter on the line has that address; {other}"
        said.warning("undeclared-physical-device-answered", answer.index, _DESTINATION, text, hint)
    elif asked.upper not in _logical_devices(device):
        declared = ", ".join(map(str, sorted(_logical_devices(device))))
        text = f"{told}and the device config declares the logical devices {declared}. {request.name} asks for another."
        hint = f"Declare the logical device if the meter has it; {other}"
        said.warning("undeclared-logical-device-answered", answer.index, _DESTINATION, text, hint)


def _logical_devices(device: Device) -> frozenset[int]:
    """The upper addresses that are declared."""
    listed = {item.sap for item in device.logical_devices}
    return frozenset((_MANAGEMENT, *listed, *(item.logical_device for item in device.associations)))
