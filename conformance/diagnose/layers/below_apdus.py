"""The entrance: what a conversation shows below its APDUs."""

from __future__ import annotations

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Conversation, Layer
from conformance.diagnose.layers import (
    connections,
    datagrams,
    declared_addresses,
    declared_times,
    flags,
    hdlc,
    line,
    llc,
    wrapper,
)
from conformance.diagnose.layers.seen import Seen, frames, streams, turns
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.reasoning.statement import Statement


def findings(conversation: Conversation, device: Device | None = None) -> tuple[Statement, ...]:
    """What line, HDLC, LLC and wrapper of every stream show, in the order of the frames.

    What a device config declares of addresses and times is compared with what the frames show.

    A healthy exchange gives statements of severity `info` only. Whatever came, it ends, in time about proportional to
    the octets, with a bounded number of statements.
    """
    said = Statements(conversation.units)
    apdus: list[list[int]] = [[] for _ in conversation.streams]
    for number, apdu in enumerate(conversation.apdus):
        apdus[apdu.stream].append(number)
    by_stream = streams(conversation)
    for stream, units in zip(conversation.streams, by_stream, strict=True):
        if not units:
            continue
        seen: list[Seen] = []
        if stream.layer is Layer.HDLC:
            seen = frames(units)
            hdlc.explain(seen, said)
            llc.explain(seen, [conversation.apdus[at] for at in apdus[stream.number - 1]], said)
            _declared(seen, conversation, device, said)
        elif stream.layer is Layer.WRAPPER:
            wrapper.explain(units, said)
            datagrams.explain(units, conversation.heard, said)
        elif stream.layer is Layer.OCTETS:
            seen = frames(units)
        line.explain(units, seen, conversation.heard, said)
    connections.explain(conversation, by_stream, said)
    return said.all()


def _declared(seen: list[Seen], conversation: Conversation, device: Device | None, said: Statements) -> None:
    """What frames show against the device config, and against their own flags where the file keeps them all."""
    if conversation.form == flags.FORM:
        flags.explain(seen, conversation.heard, device, said)
    if device is not None:
        taken = list(turns(seen))
        declared_addresses.explain(taken, device, said)
        declared_times.explain(taken, conversation.heard, device, said)
        declared_times.gaps(seen, conversation.heard, device, said)
