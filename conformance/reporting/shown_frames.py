"""The frames of a conversation in the form that pages draw: redacted, with the APDU that each completes, deciphered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.diagnose.intake.conversation import Layer as Carrier
from conformance.diagnose.intake.conversation import Unit
from conformance.diagnose.reasoning.diagnosis import Diagnosis
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.record.frames import Layer
from conformance.record.redaction import Redactor, Span, information_edges
from conformance.reporting.dissection import View
from conformance.reporting.legible import line
from conformance.reporting.packing import views_of

_LLC_HEADERS = (b"\xe6\xe6\x00", b"\xe6\xe7\x00")
_LONGEST = 1 << 16
"""Octets of a message that are kept; a page shows fewer."""
_LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A unit of the conversation, ready to be packed.

    Attributes:
        n: number in the conversation, from 1, as findings name it.
        t: seconds; None where the file does not tell.
        dir: `C>S`, `S>C`, or empty where nothing tells.
        layer: what the octets are.
        hex: the octets; those of secrets replaced.
        apdu: the APDU that it completes, where that does not stand in the frame itself.
        plain: the deciphered APDU; of an AARQ or AARE, the deciphered content of its user-information.
        note: what the file, or reading it, had to say.
        redacted, apdu_redacted, plain_redacted: spans that are secret, or that the file does not give.
    """

    n: int
    t: float | None
    dir: str
    layer: Layer
    hex: str
    apdu: str | None
    plain: str | None
    note: str
    redacted: tuple[Span, ...]
    apdu_redacted: tuple[Span, ...]
    plain_redacted: tuple[Span, ...]


def shown_frames(diagnosis: Diagnosis, numbers: Iterable[int]) -> tuple[ShownFrame, ...]:
    """The frames of these numbers, in the order given."""
    steps = _completed(diagnosis.exchanges)
    return tuple(_shown(diagnosis, number, steps.get(number)) for number in numbers)


def mark_in(frame: ShownFrame, statement: Statement) -> tuple[int, int, int] | None:
    """Where the octets of a statement are drawn: view as in `Packer`, first octet, octet after the last.

    None where the statement is about the frame as a whole, or about what is absent. The path of a statement leads from
    the outermost message inwards; that of a row begins with its own message and is therefore the end of the other.
    """
    if not statement.field:
        return None
    found: list[tuple[int, bool, int, int, int, int]] = []
    for index, view in enumerate(views_of(frame)):
        if view is not None:
            found += _rows(view, index, statement)
    if not found:
        return None
    _, _, _, index, start, end = max(found, key=lambda item: item[:3])
    return index, start, end


def _rows(view: View, index: int, statement: Statement) -> Iterable[tuple[int, bool, int, int, int, int]]:
    """The rows that a statement may mean, each with how well its path fits and whether its octets are the same.

    The data link has shorter paths in statements than in the tree of its fields; there the last name counts, and the
    octets must be those of the statement, or the field a part of the information field that they show.
    """
    name = statement.field.rpartition(".")[2]
    part = ".information." in statement.field
    for row in view.rows:
        same = view.octets[row.start : row.end][: len(statement.octets)] == statement.octets
        whole = statement.field == row.path or statement.field.endswith(f".{row.path}")
        if row.end > row.start and (whole or ((same or part) and row.name in (name, f"{name}-address"))):
            yield (2 if whole else 1), same, len(row.path), index, row.start, row.end


def _completed(exchanges: Iterable[Exchange]) -> dict[int, Step]:
    """The APDU that each frame completes, by the number of the frame."""
    return {step.frame: step for exchange in exchanges for step in exchange.steps if step.frame}


def _shown(diagnosis: Diagnosis, number: int, step: Step | None) -> ShownFrame:
    unit = diagnosis.conversation.units[number - 1]
    redactor = diagnosis.redactor
    octets, redacted = redactor.octets(unit.octets[:_LONGEST], information_edges(unit.octets[:_LONGEST]))
    unknown = [(start, min(end, len(octets))) for start, end in unit.unknown if start < len(octets)]
    apdu, apdu_redacted = _message(redactor, None if step is None else _put_together(step, unit))
    plain, plain_redacted = _message(redactor, None if step is None else _deciphered(step))
    return ShownFrame(
        n=number,
        t=unit.time,
        dir=unit.direction or "",
        layer=unit.layer.value,
        hex=octets.hex().upper(),
        apdu=apdu,
        plain=plain,
        note=line(redactor.text("; ".join(_notes(diagnosis, unit, step))), _LONGEST_NOTE),
        redacted=tuple(sorted((*redacted, *unknown))),
        apdu_redacted=apdu_redacted,
        plain_redacted=plain_redacted,
    )


def _message(redactor: Redactor, octets: bytes | None) -> tuple[str | None, tuple[Span, ...]]:
    if octets is None:
        return None, ()
    shown, spans = redactor.octets(octets[:_LONGEST])
    return shown.hex().upper(), spans


def _put_together(step: Step, unit: Unit) -> bytes | None:
    """The APDU where it does not stand in the frame as it is: segmented, in blocks, or without the LLC header."""
    if isinstance(step.joined, bytes):
        return step.joined
    split = len(step.heard.units) > 1
    bare = unit.layer is Carrier.HDLC and step.heard.llc not in _LLC_HEADERS
    return step.octets if split or bare else None


def _deciphered(step: Step) -> bytes | None:
    """What stood inside the protection; None where there is none, or nothing opened it."""
    if step.seal is None:
        return None
    first = 2 if isinstance(step.carried, Aarq | Aare | Rlrq | Rlre) else 1
    return step.parts[-1].dissection.octets if len(step.parts) > first else None


def _notes(diagnosis: Diagnosis, unit: Unit, step: Step | None) -> Iterable[str]:
    conversation = diagnosis.conversation
    if len(conversation.streams) > 1:
        yield f"stream {unit.stream + 1}"
    if unit.direction is not None and unit.inferred:
        yield "direction inferred"
    if unit.remark:
        yield unit.remark
    if unit.unknown:
        yield "octets shown as •• could not be read, or are redacted in the file"
    for piece in unit.pieces[:8]:
        yield from conversation.heard[piece].notes[:4]
    if step is not None:
        yield from step.heard.notes[:4]
