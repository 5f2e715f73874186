"""The entrance: what a conversation shows below its APDUs."""

from __future__ import annotations

from conformance.diagnose.intake.conversation import Conversation, Layer
from conformance.diagnose.layers import hdlc, line, llc, wrapper
from conformance.diagnose.layers.seen import Seen, frames, streams
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.reasoning.statement import Statement


def findings(conversation: Conversation) -> tuple[Statement, ...]:
    """What line, HDLC, LLC and wrapper of every stream show, in the order of the frames.

    A healthy exchange gives statements of severity `info` only. Whatever came, it ends, in time about proportional to
    the octets, with a bounded number of statements.
    """
    said = Statements(conversation.units)
    apdus: list[list[int]] = [[] for _ in conversation.streams]
    for number, apdu in enumerate(conversation.apdus):
        apdus[apdu.stream].append(number)
    for stream, units in zip(conversation.streams, streams(conversation), strict=True):
        if not units:
            continue
        seen: list[Seen] = []
        if stream.layer is Layer.HDLC:
            seen = frames(units)
            hdlc.explain(seen, said)
            llc.explain(seen, [conversation.apdus[at] for at in apdus[stream.number - 1]], said)
        elif stream.layer is Layer.WRAPPER:
            wrapper.explain(units, said)
        elif stream.layer is Layer.OCTETS:
            seen = frames(units)
        line.explain(units, seen, conversation.heard, said)
    return said.all()
