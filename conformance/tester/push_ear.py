"""Hearing what a meter sends of its own accord: at the tester's ports, and on the line of an association."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from conformance.device.model import Protection
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperDatagrams, WrapperPdu, WrapperStream
from conformance.dlms.wrapper import read as read_pdu
from conformance.dlms.xdlms import general_block_transfer
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.invoke_id import LONG_INVOKE_ID, LONG_SERVICE_CLASS
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.link.listener import Arrival, Listener
from conformance.tester.association import Association
from conformance.tester.block_transfer.faults import BlockFault
from conformance.tester.block_transfer.unconfirmed import joined
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.reaction import Reaction, Reply, Silence, Unreadable
from conformance.tester.stimulus import apdu
from conformance.tester.tape import TapedFrame

_SLICE_S: Final = 0.05
"""Several places are listened at by turns, so long at each."""
MOST_HEARD: Final = 64
"""Notifications, or blocks, of one wait; a meter that sends more is not listened to any further."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the meter has sent unasked.

    Attributes:
        reaction: what it is, opened and decoded.
        transport: on which it came.
        time_s: on the clock of the line, when it was whole.
        where: the URL that it came to; empty on the line of an association.
        wports: source and destination wPort; None on the line of an association.
        blocks: in how many general blocks it came; 0 for one that came whole.
        longest_pdu: octets of the longest APDU that carried it.
        faults: of the blocks.
        peer: for the answer.
    """

    reaction: Reaction
    transport: Literal["tcp", "udp", "own-line"]
    time_s: float
    where: str = ""
    wports: tuple[int, int] | None = None
    blocks: int = 0
    longest_pdu: int = 0
    faults: tuple[BlockFault, ...] = ()
    peer: int = -1

    @property
    def notification(self) -> DataNotification | None:
        """The data-notification that it is; None where it is anything else, or does not open."""
        value = self.reaction.value if isinstance(self.reaction, Reply) else None
        return value if isinstance(value, DataNotification) else None

    @property
    def event(self) -> EventNotificationRequest | None:
        """The event-notification that it is; None where it is anything else, or does not open."""
        value = self.reaction.value if isinstance(self.reaction, Reply) else None
        return value if isinstance(value, EventNotificationRequest) else None

    @property
    def invoke_id(self) -> int | None:
        """Its long-invoke-id."""
        found = self.notification
        return None if found is None else found.long_invoke_id_and_priority & LONG_INVOKE_ID

    @property
    def wants_confirmation(self) -> bool:
        """Whether its service class is confirmed."""
        found = self.notification
        return found is not None and bool(found.long_invoke_id_and_priority & LONG_SERVICE_CLASS)

    @property
    def values(self) -> tuple[Data, ...] | None:
        """The elements of its body; None where that is no structure."""
        found = self.notification
        if found is None or not isinstance(found.body.value, tuple):
            return None
        return found.body.value


@dataclass(slots=True)
class _Blocks:
    """General blocks of one place that are not complete."""

    transport: Literal["tcp", "udp", "own-line"]
    wports: tuple[int, int] | None = None
    peer: int = -1
    came: list[tuple[bytes, int]] = field(default_factory=list)


class PushEar:
    """Listens for one association, whose keys open what comes.

    Attributes:
        association: that what is heard belongs to; its tape takes every frame.
    """

    def __init__(self, association: Association, listeners: Sequence[Listener], protection: Protection) -> None:
        """Make it; `protection` is that of confirmations."""
        self.association = association
        self._protection = protection
        self._listeners = list(listeners)
        self._streams: dict[tuple[int, int], WrapperStream | WrapperDatagrams] = {}
        self._blocks: dict[str, _Blocks] = {}

    def open(self) -> None:
        """Begin to listen everywhere.

        Raises:
            LinkError: an address cannot be listened at.
        """
        for listener in self._listeners:
            listener.open()

    def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.close()

    @property
    def overrun(self) -> int:
        """How much was dropped because too much came."""
        return sum(listener.refused for listener in self._listeners)

    def hear(
        self, seconds: float, most: int = MOST_HEARD, *, confirm: Callable[[Heard], bool] = lambda _: False
    ) -> list[Heard]:
        """What comes to the listeners within `seconds`, ending early with the `most`th.

        `confirm` says of each data-notification that wants it whether it is confirmed.
        """
        heard: list[Heard] = []
        clock = self.association.data_link.line.clock
        until = clock.now() + seconds
        while len(heard) < most and (found := self._next(until)) is not None:
            for item in self._taken(*found):
                heard.append(item)
                if item.wants_confirmation and confirm(item):
                    self.confirm(item)
        left, self._blocks = self._blocks, {}
        return heard + [self._joined(blocks, where) for where, blocks in left.items()]

    def _next(self, until: float) -> tuple[Listener, Arrival] | None:
        """The next arrival at any listener; None when none comes by `until`."""
        clock = self.association.data_link.line.clock
        while self._listeners:
            for listener in self._listeners:
                arrival = listener.receive(clock.now())
                if arrival is not None:
                    return listener, arrival
            if clock.now() >= until:
                return None
            arrival = self._listeners[0].receive(min(until, clock.now() + _SLICE_S))
            if arrival is not None:
                return self._listeners[0], arrival
        return None

    def _taken(self, listener: Listener, arrival: Arrival) -> list[Heard]:
        """What octets at a listener complete."""
        datagrams = listener.url.scheme == "udp"
        place = (self._listeners.index(listener), arrival.peer)
        stream = self._streams.setdefault(place, WrapperDatagrams() if datagrams else WrapperStream())
        found = [self._whole(listener, arrival.peer, pdu) for pdu in stream.feed(arrival.octets)]
        return [item for item in found if item is not None]

    def _whole(self, listener: Listener, peer: int, octets: bytes) -> Heard | None:
        """A PDU, on the tape and opened; None for a block that others follow."""
        line, where = self.association.data_link.line, str(listener.url)
        taped = line.tape.add(line.clock.now(), "S>C", "wrapper", octets, f"pushed to {where}")
        transport: Literal["tcp", "udp"] = "udp" if listener.url.scheme == "udp" else "tcp"
        try:
            pdu = decode(octets, read_pdu, "wrapper")
        except DecodeError as error:
            return Heard(
                Unreadable(taped.number, str(error), error.path), transport, line.clock.now(), where, peer=peer
            )
        wports = (pdu.source, pdu.destination)
        if pdu.data[:1] == bytes((general_block_transfer.TAG,)):
            blocks = self._blocks.setdefault(where, _Blocks(transport, wports, peer))
            blocks.came.append((pdu.data, taped.number))
            if not _is_last(pdu.data) and len(blocks.came) < MOST_HEARD:
                return None
            return self._joined(self._blocks.pop(where), where)
        reply = self.association.understood(ApduReceived(pdu.data, taped.number))
        return Heard(reply, transport, line.clock.now(), where, wports, longest_pdu=len(pdu.data), peer=peer)

    def _joined(self, blocks: _Blocks, where: str = "") -> Heard:
        """What blocks carry, as far as they have come."""
        line = self.association.data_link.line
        most = self.association.proposed_initiate
        push = joined(blocks.came, 0 if most is None else most.client_max_receive_pdu_size)
        if push.apdu is None:
            reaction: Reaction = Unreadable(push.frame, "; ".join(map(str, push.faults)), "general-block-transfer")
        else:
            reaction = self.association.understood(ApduReceived(push.apdu, push.frame), in_blocks=True)
        longest = max(len(octets) for octets, _ in blocks.came)
        count, peer = len(blocks.came), blocks.peer
        return Heard(
            reaction, blocks.transport, line.clock.now(), where, blocks.wports, count, longest, push.faults, peer
        )

    def hear_on_the_line(self, seconds: float, *, most: int = 1) -> list[Heard]:
        """What comes on the line of the association within `seconds`, ending early with the `most`th.

        Over HDLC the meter is polled: what nobody has asked for waits for that.
        """
        association, line = self.association, self.association.data_link.line
        heard: list[Heard] = []
        until = line.clock.now() + seconds
        blocks = _Blocks("own-line")
        for _ in range(MOST_HEARD):
            left = until - line.clock.now()
            if len(heard) >= most or left <= 0:
                break
            received = association.data_link.receive(left)
            if not isinstance(received, ApduReceived):
                if not isinstance(received, Silence):
                    heard.append(Heard(received, "own-line", line.clock.now()))
                break
            if received.apdu[:1] == bytes((general_block_transfer.TAG,)):
                blocks.came.append((received.apdu, received.frame))
                if _is_last(received.apdu):
                    heard.append(self._joined(blocks))
                    blocks = _Blocks("own-line")
                continue
            reply = association.understood(received)
            heard.append(Heard(reply, "own-line", line.clock.now(), longest_pdu=len(received.apdu)))
        return heard + ([self._joined(blocks)] if blocks.came else [])

    def permit_event(self) -> None:
        """Over HDLC, an empty UI frame that polls: the meter may report what it has (IEC 62056-5-3)."""
        data_link = self.association.data_link
        if isinstance(data_link, HdlcDataLink):
            data_link.station.transmit(Control(FrameType.UI, True))

    def confirm(self, heard: Heard) -> None:
        """Answer a data-notification with its data-notification-confirm, protected alike."""
        found = heard.notification
        listener = next((item for item in self._listeners if str(item.url) == heard.where), None)
        if found is None or listener is None or heard.wports is None:
            return
        source, destination = heard.wports
        confirm = DataNotificationConfirm(found.long_invoke_id_and_priority)

        def send(octets: bytes) -> TapedFrame:
            pdu = WrapperPdu(destination, source, octets).encode()
            listener.answer(heard.peer, pdu)
            tape = self.association.data_link.line.tape
            return tape.add(listener.clock.now(), "C>S", "wrapper", pdu, f"data-notification-confirm, {heard.where}")

        self.association.send_beside(apdu(confirm.encode(), "data-notification-confirm").under(self._protection), send)


def _is_last(block: bytes) -> bool:
    """Whether a general block says that it is the last; one that cannot be read ends the wait for others too."""
    try:
        return decode(block, general_block_transfer.read, "general-block-transfer").last_block
    except DecodeError:
        return True
