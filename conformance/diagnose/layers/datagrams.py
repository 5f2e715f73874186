"""The wrapper over UDP: one PDU, one datagram (IEC 62056-47, COSEM UDP-based transport layer)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.diagnose.intake.conversation import Heard, Unit
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.layers.wrapper_turns import matched
from conformance.diagnose.layers.wrapper_unit import WrapperUnit, read_unit

_ERRORS: Final = (b"\xd8", b"\x0e")


def explain(units: Sequence[tuple[int, Unit]], heard: Sequence[Heard], said: Statements) -> None:
    """PDUs of the meter that share a datagram, and one of the client in two datagrams that is served."""
    if not any(heard[at].passing.datagrams for _, unit in units for at in unit.pieces):
        return
    pdus = [pdu for index, unit in units if (pdu := read_unit(index, unit)) is not None]
    _shared(pdus, heard, said)
    replies = matched(pdus, said.aside())
    for pdu in pdus:
        reply = replies.get(pdu.index)
        parts = _datagrams(pdu, heard)
        if pdu.direction != "C>S" or reply is None or parts is None or parts[0] == parts[1]:
            continue
        if reply.data[:1] not in _ERRORS:
            count = parts[1] - parts[0] + 1
            text = f"{pdu.name} went in {count} datagrams, neither of which is a PDU, and the meter answers it."
            hint = "The meter treats datagrams as a stream: one that is lost or cut spoils the next one."
            said.error("pdu-in-two-datagrams-served", reply.index, "", text, hint)


def _shared(pdus: Sequence[WrapperUnit], heard: Sequence[Heard], said: Statements) -> None:
    before: dict[int, WrapperUnit] = {}
    for pdu in pdus:
        parts = _datagrams(pdu, heard)
        if pdu.direction != "S>C" or parts is None:
            continue
        first = before.setdefault(parts[0], pdu)
        if first is not pdu:
            text = f"Two PDUs of the meter stand in one datagram, {first.name}: each reply has a datagram of its own."
            hint = "A client that takes a datagram for a PDU drops it as too long, or loses the second reply."
            said.error("datagram-of-two-pdus", pdu.index, "wrapper.length", text, hint)


def _datagrams(pdu: WrapperUnit, heard: Sequence[Heard]) -> tuple[int, int] | None:
    found = [parts for at in pdu.unit.pieces if (parts := heard[at].passing.datagrams) is not None]
    return (found[0][0], found[-1][1]) if found else None
