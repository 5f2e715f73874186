"""What carries the APDUs of a stream, judged from its octets, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Heard, Layer
from conformance.diagnose.intake.frame_look import says, sound
from conformance.dlms import apdu as apdus
from conformance.dlms.hdlc.fcs import GOOD, remainder
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER

_MOST_PIECES: Final = 200
_MOST_OCTETS: Final = 64 * 1024
_MOST_JOINED: Final = 8 * 1024


@dataclass(slots=True)
class _Signs:
    """How many pieces show each sign."""

    pieces: int = 0
    sound_frames: int = 0
    frame_starts: int = 0
    bare_frames: int = 0
    wrapper_fits: int = 0
    wrapper_starts: int = 0
    tags: int = 0
    llc: int = 0


@dataclass(frozen=True, slots=True)
class Guess:
    """What a stream is taken for.

    Attributes:
        layer: it.
        evidence: in words.
        declared: the file says so.
        contradicted: what the octets say instead; None where they do not contradict.
    """

    layer: Layer
    evidence: str
    declared: bool = False
    contradicted: Layer | None = None


def _frames_in_all(pieces: Sequence[Heard]) -> bool:
    """Whether a sound HDLC frame is in the pieces of one direction put together, as where octets were logged singly."""
    for direction in dict.fromkeys(piece.direction for piece in pieces[:_MOST_PIECES]):
        octets = b"".join(piece.octets for piece in pieces[:_MOST_PIECES] if piece.direction == direction)[
            :_MOST_JOINED
        ]
        at = octets.find(b"\x7e")
        while at >= 0:
            size = says(octets[at : at + 3])
            if size is not None and sound(octets[at : at + size]):
                return True
            at = octets.find(b"\x7e", at + 1)
    return False


def judge(pieces: Sequence[Heard], declared: Layer | None) -> Guess:
    """What the pieces of one stream are of; what the file declares holds unless every octet speaks against it."""
    if not pieces:
        return Guess(declared or Layer.OCTETS, "nothing of it was kept", declared is not None)
    signs = _signs(pieces)
    layer, evidence = _seen(signs)
    if layer in (Layer.APDU, Layer.OCTETS) and _frames_in_all(pieces):
        layer, evidence = Layer.HDLC, "put together, the pieces hold an HDLC frame whose FCS is right"
    if declared is None or declared is Layer.OCTETS:
        return Guess(layer, evidence)
    if layer is declared or not _refuted(signs, declared, layer):
        return Guess(declared, f"the file says so; {evidence}", True)
    return Guess(layer, evidence, False, declared)


def _seen(signs: _Signs) -> tuple[Layer, str]:
    if signs.sound_frames:
        return Layer.HDLC, f"{_of(signs.sound_frames, signs)} begin with an HDLC frame whose FCS is right"
    if signs.bare_frames:
        return Layer.HDLC, f"{_of(signs.bare_frames, signs)} are HDLC frames without their flags, with a right FCS"
    if signs.wrapper_fits:
        return Layer.WRAPPER, f"{_of(signs.wrapper_fits, signs)} have a wrapper header whose length fits"
    if signs.frame_starts:
        return Layer.HDLC, f"{_of(signs.frame_starts, signs)} begin with a flag and frame format type 3"
    if signs.wrapper_starts:
        return Layer.WRAPPER, f"{_of(signs.wrapper_starts, signs)} begin with version 1 of the wrapper"
    if signs.tags or signs.llc:
        behind = f", {signs.llc} of them behind an LLC header" if signs.llc else ""
        return Layer.APDU, f"{_of(signs.tags, signs)} begin with the tag of an APDU{behind}"
    return Layer.OCTETS, "no piece begins as a frame, a wrapper PDU or an APDU does"


def _of(count: int, signs: _Signs) -> str:
    return f"{count} of {signs.pieces} pieces"


def _refuted(signs: _Signs, declared: Layer, layer: Layer) -> bool:
    """Whether nothing speaks for what is declared, and something strong for another layer."""
    strong = signs.sound_frames or signs.bare_frames or signs.wrapper_fits
    if declared is Layer.HDLC:
        return layer is Layer.WRAPPER and not signs.frame_starts and bool(strong)
    if declared is Layer.WRAPPER:
        return layer is Layer.HDLC and not signs.wrapper_starts and bool(strong)
    return bool(signs.sound_frames or signs.bare_frames or signs.wrapper_fits) and not signs.tags


def _signs(pieces: Sequence[Heard]) -> _Signs:
    signs = _Signs()
    octets = 0
    for piece in pieces[:_MOST_PIECES]:
        octets += len(piece.octets)
        if octets > _MOST_OCTETS and signs.pieces:
            break
        _look(piece.octets, signs)
    return signs


def _look(octets: bytes, signs: _Signs) -> None:
    signs.pieces += 1
    size = says(octets)
    if size is not None:
        signs.frame_starts += 1
        signs.sound_frames += sound(octets[:size])
    elif octets[:1] == b"\x7e":
        at = octets.find(b"\x7e", 1)
        inner = None if at < 0 else says(octets[at:])
        signs.sound_frames += inner is not None and sound(octets[at : at + inner])
    elif len(octets) >= 7 and octets[0] & 0xF0 == 0xA0:
        length = int.from_bytes(octets[:2], "big") & 0x07FF
        signs.bare_frames += 7 <= length <= len(octets) and remainder(octets[:length]) == GOOD
    if octets[:2] == b"\x00\x01":
        signs.wrapper_starts += 1
        signs.wrapper_fits += len(octets) > 8 and 8 + int.from_bytes(octets[6:8], "big") == len(octets)
    llc = octets.startswith((COMMAND_HEADER, RESPONSE_HEADER))
    signs.llc += llc
    tag = octets[3:4] if llc else octets[:1]
    signs.tags += bool(tag) and tag[0] in apdus.TAGS
