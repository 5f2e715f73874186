"""The SAPs between which an APDU passes, as the unit that carries it says."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.intake.conversation import Conversation, HeardApdu, Layer
from conformance.diagnose.intake.frame_look import look

_WRAPPER_HEADER: Final = 8


def saps(conversation: Conversation, heard: HeardApdu) -> tuple[int, int] | None:
    """Client and server of the unit that carries an APDU; None where it has no addresses."""
    if not heard.units:
        return None
    unit = conversation.units[heard.units[0]]
    pair: tuple[int, int] | None = None
    if unit.layer is Layer.WRAPPER and len(unit.octets) >= _WRAPPER_HEADER:
        pair = int.from_bytes(unit.octets[2:4], "big"), int.from_bytes(unit.octets[4:6], "big")
    elif unit.layer is Layer.HDLC and (view := look(unit.octets)) is not None:
        pair = view.source.upper, view.destination.upper
    if pair is not None and heard.direction == "S>C":
        return pair[1], pair[0]
    return pair
