"""HDLC addresses: who is spoken to, and whether the answer comes from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.diagnose.intake.frame_look import FrameLook
from conformance.diagnose.layers.seen import Seen, Turn, server_words
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.reasoning.statement import Change
from conformance.dlms.hdlc.control import FrameType

_DESTINATION: Final = "hdlc-frame.destination"
_SOURCE: Final = "hdlc-frame.source"
_TO_ALL: Final = 0x7F


def explain(turns: Sequence[Turn], said: Statements) -> None:
    """What the addresses of one stream say."""
    _summary(turns, said)
    known: set[tuple[str, str]] = set()
    for turn in turns:
        for frame in turn.sent:
            if frame.look is not None and not frame.broken:
                _sent(frame, frame.look, known, said)
        request = turn.request
        if request is None or request.look is None:
            continue
        if request.broken:
            for reply in turn.received:
                if reply.look is not None and not reply.broken:
                    _other_server(reply, reply.look, request.look, said)
            continue
        if _station(request.look, known, said, turn):
            continue
        if request.look.source.length != 1 and (first := next((r for r in turn.received if not r.broken), None)):
            text = f"The meter answers {request.name}, whose source address is {request.look.source}."
            said.warning("client-address-length-answered", first.index, _DESTINATION, text, "Such frames are dropped.")
        for reply in turn.received:
            if reply.look is not None and not reply.broken and reply.unit.octets != request.unit.octets:
                _answer(reply, reply.look, request, request.look, said)


def _summary(turns: Sequence[Turn], said: Statements) -> None:
    """Who speaks with whom, once."""
    for turn in turns:
        for frame in (*turn.sent, *turn.received):
            view = frame.look
            if view is None or frame.broken:
                continue
            sent = frame.direction == "C>S"
            server, client = (view.destination, view.source) if sent else (view.source, view.destination)
            if client.length != 1:
                return
            message = f"Client {client.upper} ({client.upper:#04x}) speaks with {server_words(server)}."
            said.info("hdlc-addresses", frame.index, _DESTINATION, message)
            return


def _sent(frame: Seen, view: FrameLook, known: set[tuple[str, str]], said: Statements) -> None:
    client = view.source
    if client.length != 1 and ("client", str(client)) not in known:
        known.add(("client", str(client)))
        message = f"The client's own address is {client}; a client address has 1 octet, 01 to 7F doubled plus one."
        suggestion = "Set client_sap to a number of 1 to 127; are destination and source reversed?"
        said.error("client-address-length", frame.index, _SOURCE, message, suggestion)
    server = view.destination
    if server.all_station and ("all", str(server)) not in known:
        known.add(("all", str(server)))
        message = (
            f"The server address, {server_words(server)}, holds the all-station address: every meter on the line "
            "may take it, which is harmless point to point only."
        )
        suggestion = "Set server_lower under [hdlc] to the meter's own address."
        said.info("all-station-address", frame.index, _DESTINATION, message, suggestion)


def _station(view: FrameLook, known: set[tuple[str, str]], said: Statements, turn: Turn) -> bool:
    """Answers to addresses that nobody answers."""
    server = view.destination
    first = next((reply for reply in turn.received if reply.look is not None and not reply.broken), None)
    if first is None or first.look is None:
        return False
    if server.no_station and first.look.source == server and server.lower is None:
        message = "The meter answers a frame to the no-station address, 0, which nobody receives."
        said.error("no-station-answered", first.index, _SOURCE, message, "Set logical_device to the meter's own.")
        return True
    if server.all_station:
        if turn.request is not None and (turn.request.type is FrameType.UI or server.length != 4):
            message = f"The meter answers a frame to the all-station address ({server}); nobody should."
            said.warning("all-station-answered", first.index, _SOURCE, message)
        elif ("answered", str(server)) not in known:
            known.add(("answered", str(server)))
            message = f"The meter answers to the all-station address ({server}): it serves as its default address."
            said.info("all-station-answered", first.index, _SOURCE, message)
        return True
    return False


def _answer(reply: Seen, theirs: FrameLook, request: Seen, ours: FrameLook, said: Statements) -> None:
    """An answer has the addresses of its request, swapped."""
    if theirs.source == ours.destination and theirs.destination == ours.source:
        return
    if theirs.source == ours.source and theirs.destination == ours.destination:
        message = (
            f"{theirs.control.type.label} has destination {theirs.destination} and source {theirs.source} as the "
            f"{ours.control.type.label} had; an answer has them swapped."
        )
        suggestion = "Either the meter copies the header, or these octets are the client's: an echo, a wrong direction."
        said.error("addresses-not-swapped", reply.index, _DESTINATION, message, suggestion)
        return
    if not _may_answer(request, reply):
        _other_server(reply, theirs, ours, said)
        return
    if theirs.destination != ours.source:
        message = f"The answer goes to client {theirs.destination}; client {ours.source} asked."
        said.error("client-address-changed", reply.index, _DESTINATION, message, "Compare client_sap with the log's.")
    if theirs.source != ours.destination:
        same = theirs.source.length != ours.destination.length
        code = "address-length-changed" if same else "server-address-changed"
        message = f"The answer comes from {server_words(theirs.source)}; the request went to "
        message += f"{server_words(ours.destination)}."
        shorter = f"Set address_length = {theirs.source.length} under [hdlc] if the meter has this form only."
        another = "Set logical_device and server_lower to where the answer comes from; two meters on one line?"
        if same:
            changes: tuple[Change, ...] = (Change("hdlc", "address_length", str(theirs.source.length)),)
        else:
            changes = (Change("association", "logical_device", str(theirs.source.upper)),)
            if theirs.source.lower is not None:
                changes += (Change("hdlc", "server_lower", str(theirs.source.lower)),)
        said.error(code, reply.index, _SOURCE, message, shorter if same else another, changes=changes)


def _may_answer(request: Seen, reply: Seen) -> bool:
    """Whether a kind of frame answers another at all; otherwise they belong to different exchanges."""
    if request.type in (FrameType.SNRM, FrameType.DISC):
        return reply.type in (FrameType.UA, FrameType.DM, FrameType.FRMR)
    return reply.type is not FrameType.UI


def _other_server(reply: Seen, theirs: FrameLook, ours: FrameLook, said: Statements) -> None:
    if theirs.source == ours.destination or theirs.destination != ours.source:
        return
    message = (
        f"{server_words(theirs.source)[:1].upper()}{server_words(theirs.source)[1:]} speaks with this client; the "
        f"request before went to {server_words(ours.destination)}."
    )
    suggestion = f"Set logical_device = {theirs.source.upper}: that one answers."
    changes = (Change("association", "logical_device", str(theirs.source.upper)),)
    said.info("other-server-address-answers", reply.index, _SOURCE, message, suggestion, changes=changes)
