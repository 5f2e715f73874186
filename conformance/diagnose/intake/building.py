"""From pieces to a conversation: what carries them is judged, units are cut, directions settled, APDUs joined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.diagnose.intake import joining, transport
from conformance.diagnose.intake.collector import Collector
from conformance.diagnose.intake.conversation import Conversation, Damage, Heard, Layer, Stream, Unit
from conformance.diagnose.intake.cutting import units
from conformance.diagnose.intake.direction import Directions, carried_back
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.place import WHOLE, Place
from conformance.diagnose.intake.transport import Guess

_SUGGESTIONS: Final = {
    Damage.FLAG_IN_FCS: "Whoever cut the octets took a 7E inside the frame for its end: cut by the length subfield.",
    Damage.FLAG_IN_HCS: "Whoever cut the octets took a 7E inside the frame for its end: cut by the length subfield.",
    Damage.CUT: "Look whether the log, or the line, lost the rest: a timeout between octets, or a full buffer.",
    Damage.LONG: "Look whether two frames ran into one, or the sender's length subfield is wrong.",
    Damage.FORMAT: "Look at the line settings first, then at what else uses the line.",
    Damage.STRAY: "Noise, an identification of IEC 62056-21, or the rest of a frame that was cut before.",
}


def conversation(path: Path, collector: Collector) -> Conversation:
    """Cut, infer and join what was collected.

    Raises:
        IntakeError: nothing was collected.
    """
    collector.tell_what_was_left_out()
    findings = collector.findings
    heard = collector.in_order()
    if not heard:
        raise _nothing(path, collector)
    guesses = _guesses(heard, collector)
    records = [stream.records for stream in collector.streams]
    cut = units(heard, [guess.layer for guess in guesses], records, collector.limits.units)
    if len(cut) >= collector.limits.units:
        text = f"{collector.limits.units} frames or PDUs were cut from the file; what follows was left out."
        findings.warning("units-left-out", cut[-1].place, text, "Cut the file around the exchange that failed.")
    settled = Directions(cut, findings).settle([stream.relative for stream in collector.streams])
    _tell_flags(settled, findings)
    _tell_damage(settled, findings)
    return Conversation(
        path.name,
        collector.form,
        tuple(carried_back(heard, settled)),
        tuple(settled),
        tuple(joining.apdus(settled)),
        tuple(_streams(collector, guesses)),
        findings.all(),
        collector.keys,
        collector.kind,
        collector.began,
    )


def _guesses(heard: Sequence[Heard], collector: Collector) -> list[Guess]:
    pieces: list[list[Heard]] = [[] for _ in collector.streams]
    for piece in heard:
        pieces[piece.stream].append(piece)
    guesses = [transport.judge(mine, stream.layer) for mine, stream in zip(pieces, collector.streams, strict=True)]
    for mine, guess in zip(pieces, guesses, strict=True):
        if guess.contradicted is not None:
            text = f"The file says {guess.contradicted.value}, but {guess.evidence}. It is read as {guess.layer.value}."
            collector.findings.warning("transport-contradicted", mine[0].place, text, "Correct transport in the file.")
    guessed = [guess for mine, guess in zip(pieces, guesses, strict=True) if mine and not guess.declared]
    if guessed:
        listed = "; ".join(dict.fromkeys(f"{guess.layer.value}: {guess.evidence}" for guess in guessed[:4]))
        collector.findings.info("transport-inferred", WHOLE, f"Inferred: {listed}.")
    return guesses


def _streams(collector: Collector, guesses: Sequence[Guess]) -> list[Stream]:
    return [
        Stream(
            number,
            stream.name,
            guess.layer,
            guess.evidence,
            guess.declared,
            stream.pieces,
            stream.left_out,
            stream.octets,
            stream.connection,
            stream.group,
            stream.ended_by,
        )
        for number, (stream, guess) in enumerate(zip(collector.streams, guesses, strict=True), 1)
    ]


def _tell_flags(cut: Sequence[Unit], findings: Findings) -> None:
    bare = [unit.place for unit in cut if unit.flags_added]
    if bare:
        text = f"{len(bare)} frames stand in the file without their flags; the FCS of each is right, and proves them."
        findings.info("flags-not-in-file", bare[0], text)


def _tell_damage(cut: Sequence[Unit], findings: Findings) -> None:
    for unit in cut:
        if unit.damage is Damage.NONE or unit.layer in (Layer.APDU, Layer.OCTETS):
            continue
        name = "frame" if unit.layer is Layer.HDLC else "wrapper PDU"
        who = f" {unit.direction}" if unit.direction else ""
        text = f"A {name}{who} is damaged: {unit.remark}."
        suggestion = (
            _SUGGESTIONS[unit.damage] if unit.layer is Layer.HDLC else "Compare with the APDU behind the header."
        )
        findings.warning(unit.damage.value, unit.place, text, suggestion)
    strange = [unit.place for unit in cut if unit.layer is Layer.OCTETS]
    if strange:
        text = f"{len(strange)} pieces are neither frames nor wrapper PDUs nor APDUs."
        findings.warning("octets-not-understood", strange[0], text, "Look at the line: parity, bits, baud rate.")


def _nothing(path: Path, collector: Collector) -> IntakeError:
    """The error of a file without an exchange, with what was seen instead."""
    seen = collector.findings.all()
    told = next((finding for finding in seen if finding.severity == "error"), seen[0] if seen else None)
    if collector.selection.everything:
        message, remedy = "holds no exchange", "Give a file that holds at least one frame or APDU"
    else:
        names = "; ".join(f"{number} {stream.name}" for number, stream in enumerate(collector.streams[:6], 1))
        message = f"holds nothing of {collector.selection}"
        remedy = f"It has {len(collector.streams)} streams: {names}" if names else "It has no streams"
    if told is not None:
        message, remedy = f"{message}: {told.message.rstrip('.')}", told.suggestion.rstrip(".") or remedy
    return IntakeError(path, message, remedy=remedy, where=_where(told.place if told else WHOLE))


def _where(place: Place) -> str:
    return "" if place == WHOLE else str(place)
