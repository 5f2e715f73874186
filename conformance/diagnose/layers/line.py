"""What the line does to octets: echoes, parity and data bits, octets lost or added, frames cut, noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from conformance.diagnose.intake.conversation import Damage, Heard, Layer, Unit
from conformance.diagnose.intake.frame_look import says, sound
from conformance.diagnose.layers.lost_octets import restored
from conformance.diagnose.layers.seen import Seen, hexed, server_words
from conformance.diagnose.layers.statements import MOST_ALIKE, Statements
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.fcs import GOOD, remainder
from conformance.dlms.hdlc.frame import FLAG
from conformance.link.line_signs import line_sign

_COMMANDS: Final = (FrameType.SNRM, FrameType.DISC)
_MOST_OCTETS: Final = 65_536
"""Octets received that are searched for signs of how the line is set."""
_LENGTHS: Final = (
    "octets-missing",
    "octets-too-many",
    "length-subfield-wrong",
    "closing-flag-missing",
    "octets-stuffed",
    "flow-control-swallows-octets",
)
_GAP_S: Final = 0.02
_IDENTIFICATION: Final = b"/"


def explain(units: Sequence[tuple[int, Unit]], seen: Sequence[Seen], heard: Sequence[Heard], said: Statements) -> None:
    """What the octets of one stream say of the line; `seen` are its units as HDLC frames, empty for the wrapper."""
    echoes = _echoes(units, seen, said)
    if not seen:
        return
    _gaps(seen, heard, said)
    set_wrong = _settings(seen, said)
    for frame in seen:
        if frame.unit.damage is not Damage.NONE and frame.index not in echoes:
            _damage(frame, said, known=set_wrong)


def _echoes(units: Sequence[tuple[int, Unit]], seen: Sequence[Seen], said: Statements) -> set[int]:
    """Our own octets that come back."""
    found: set[int] = set()
    sent: list[tuple[int, Unit]] = []
    spoke = any(unit.direction == "S>C" and not _own(unit, units, index) for index, unit in units[:64])
    looks = {frame.index: frame for frame in seen}
    for index, unit in units:
        if unit.direction == "C>S":
            sent = [*sent[-7:], (index, unit)]
        elif unit.direction == "S>C":
            mine = next((at for at, own in sent if own.octets == unit.octets), None)
            if mine is not None and _cannot_be_a_reply(unit, looks.get(index)):
                found.add(index)
                _tell_echo(index, str(unit.place), looks.get(index), said, spoke=spoke)
            elif mine is None and any(_stripped(own.octets, unit.octets) for _, own in sent):
                found.add(index)
                said.error(
                    "echo-seven-data-bits",
                    index,
                    "",
                    f"These are the {len(unit.octets)} octets that were sent, each without its top bit: the line "
                    "echoes, and the receiver takes 7 data bits.",
                    "Set 8 data bits and no parity on the port, and echo=true in the link URL.",
                )
    return found


def _own(unit: Unit, units: Sequence[tuple[int, Unit]], index: int) -> bool:
    before = (own.octets for at, own in units[:64] if at < index and own.direction == "C>S")
    return unit.octets in before


def _stripped(sent: bytes, received: bytes) -> bool:
    return len(sent) > 4 and sent != received and bytes(octet & 0x7F for octet in sent) == received


def _cannot_be_a_reply(unit: Unit, frame: Seen | None) -> bool:
    """A reply goes the other way; between equal addresses only what a meter never sends tells an echo."""
    if unit.layer is Layer.WRAPPER:
        return len(unit.octets) > 8 and (unit.octets[2:4] != unit.octets[4:6] or unit.octets[8] in (0x60, 0x62, 0xC0))
    if frame is None or frame.look is None:
        return len(unit.octets) > 4
    if frame.look.destination != frame.look.source:
        return True
    return frame.type in _COMMANDS or frame.look.information.startswith(b"\xe6\xe6")


def _tell_echo(index: int, place: str, frame: Seen | None, said: Statements, *, spoke: bool) -> None:
    place = place[:1].upper() + place[1:]
    what = "octet for octet what was sent"
    if frame is not None and frame.look is not None:
        view = frame.look
        what += (
            f": {view.control} to {server_words(view.destination)} from client {view.source.upper} "
            f"({view.source.upper:#04x})"
        )
        awaited = {FrameType.SNRM: " No UA of the meter is here.", FrameType.DISC: " No UA or DM is here."}
        what += "." + ("" if spoke else awaited.get(view.control.type, ""))
    else:
        what += "."
    if spoke:
        message = f"{place} is {what} The line echoes; the meter's own answers stand beside it."
        suggestion = "Set echo=true in the link URL: an optical head, or RS-485 on two wires, hears itself."
        said.warning("echo", index, "", message, suggestion)
        return
    message = f"{place} is {what} It is an echo; the meter has not spoken."
    suggestion = (
        "Look at the wiring: RX tied to TX, RS-485 receiver on while sending, meter not connected. "
        "With echo=true in the link URL the tool drops the echo and waits for the meter."
    )
    said.error("echo", index, "", message, suggestion)


def _gaps(seen: Sequence[Seen], heard: Sequence[Heard], said: Statements) -> None:
    """Pauses within a frame, where its pieces have times."""
    for frame in seen:
        times = [time for at in frame.unit.pieces[:64] if (time := heard[at].time) is not None]
        longest = max((later - earlier for earlier, later in pairwise(times)), default=0.0)
        if longest >= _GAP_S:
            text = f"Within {frame.name} is a pause of {longest:.2f} s: a receiver may have given it up by then."
            hint = "Set inter_octet_timeout_s under [hdlc] above what the line needs; a gateway may cut frames."
            said.info("gap-within-frame", frame.index, "", text, hint)


def _settings(seen: Sequence[Seen], said: Statements) -> bool:
    """A port that is set wrong: nothing that came is a frame, and what came shows how."""
    received = [frame for frame in seen if frame.direction == "S>C"]
    unreadable = [frame for frame in received if frame.broken]
    if not received or len(unreadable) < len(received):
        return False
    octets = b"".join(frame.unit.octets for frame in received)[:_MOST_OCTETS]
    index = received[0].index
    if all(octet < 0x80 for octet in octets) and b"~ " in octets and len(octets) >= 8:
        message = (
            f"All {len(octets)} octets received have their top bit clear, and 7E 20 stands where 7E A0 begins a "
            "frame: 8 data bits are read as 7."
        )
        suggestion = "Set 8 data bits and no parity on the port; behind opening=mode-e, switch from 7E1 to 8N1."
        said.error("seven-data-bits", index, "", message, suggestion)
        return True
    if all(frame.unit.damage is Damage.NONE for frame in received):
        return False
    sign = line_sign(octets)
    if sign is None:
        return False
    said.error(sign.code, index, "", f"{sign.message} Received: {hexed(octets)}", sign.suggestion)
    return True


def _damage(frame: Seen, said: Statements, *, known: bool) -> None:
    """What is wrong with the bounds of one unit."""
    unit = frame.unit
    octets = unit.octets
    size = says(octets)
    if unit.damage in (Damage.FLAG_IN_FCS, Damage.FLAG_IN_HCS) and size is not None:
        name = "FCS" if unit.damage is Damage.FLAG_IN_FCS else "HCS"
        said.error(
            unit.damage.value,
            frame.index,
            f"hdlc-frame.content.{name.lower()}",
            f"The frame is cut at octet {len(octets) - 1}, 7E: {len(octets)} of the {size} octets that its length "
            f"subfield says. That 7E belongs to its own {name}, which ends in 7E here; it is no flag.",
            "Cut frames by the length subfield, not at the first 7E: the fault is in whoever reads the line.",
        )
    elif unit.damage in (Damage.CUT, Damage.LONG) and size is not None:
        _length(frame, size, said)
    elif not known and unit.damage is Damage.FORMAT:
        said.error(
            "format-unreadable",
            frame.index,
            "hdlc-frame.format",
            f"Behind the flag stands {hexed(octets[1:3])}; a frame of type 3 begins with A0 to AF.",
            "Look at the line settings: baud, parity and data bits; octet stuffing and other protocols look so too.",
        )
    elif not known and unit.damage is Damage.STRAY:
        _stray(frame, said)


def _length(frame: Seen, size: int, said: Statements) -> None:
    unit = frame.unit
    octets = unit.octets
    short = unit.damage is Damage.CUT
    who = {"C>S": "The client's frame", "S>C": "The meter's frame"}.get(unit.direction or "", "The frame")
    whole = "ends with a flag" if octets[-1] == FLAG else "has no closing flag"
    message = f"{who} has {len(octets)} octets and {whole}; its length subfield says {size} from flag to flag."
    code = "octets-missing" if short else "octets-too-many"
    suggestion = "Look whether the log, or the line, lost the rest: an inter-octet timeout, a full receive buffer."
    if not short:
        suggestion = "Look whether two frames ran into one, or the sender's length subfield is wrong."
    cause = None if _searched(said) >= MOST_ALIKE or unit.unknown else restored(octets, size)
    if cause is not None:
        message, suggestion = f"{message} {cause.message}", cause.suggestion
        code = cause.code or code
    elif _sound_as_it_is(octets):
        message += " Its FCS is right for the octets as they are: the sender's length subfield is wrong."
        suggestion = "Mend the length subfield: it counts every octet between the flags."
        code = "length-subfield-wrong"
    said.error(code, frame.index, "hdlc-frame.format", message, suggestion)


def _searched(said: Statements) -> int:
    """How many damaged frames were searched for what would make them right."""
    return sum(said.told(code) for code in _LENGTHS)


def _sound_as_it_is(octets: bytes) -> bool:
    """Whether the FCS holds over what stands between the flags, whatever the length subfield says."""
    between = len(octets) - 2
    if octets[-1] != FLAG or not 7 <= between <= 0x7FF:
        return False
    return remainder(octets[1:-1]) == GOOD


def _stray(frame: Seen, said: Statements) -> None:
    octets = frame.unit.octets
    if sound(octets):
        return
    if octets.startswith(_IDENTIFICATION) or b"\r\n" in octets:
        said.info(
            "text-outside-frames",
            frame.index,
            "",
            f"Text stands outside any frame: {hexed(octets)}. It is the opening of IEC 62056-21.",
            "Set opening=mode-e in the link URL where the meter wants it.",
        )
        return
    kind = "all 00 or FF, as a line gives that is switched over" if set(octets) <= {0, 0xFF} else hexed(octets)
    said.warning(
        "noise",
        frame.index,
        "",
        f"{len(octets)} octets stand outside any frame: {kind}.",
        "Look at the line: bias and termination of RS-485, direction switched too late, another device that speaks.",
    )
