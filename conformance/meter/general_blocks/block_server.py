"""General block transfer on the server's side: blocks in, blocks out, by the table of `transitions` (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.meter.ciphering import is_ciphered
from conformance.meter.general_blocks.faulty_blocks import FaultyBlocks
from conformance.meter.general_blocks.receiving import Incoming
from conformance.meter.general_blocks.sending import Outgoing, Part, data_octets
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.general_blocks.transitions import TRANSITIONS, Effect, Event, State

Replies = tuple[bytes, ...]
Serve = Callable[[bytes], bytes | None]
"""Serves a whole APDU; the reply, or None where none is due."""

GIVING_UP = GeneralBlockTransfer(
    last_block=True, streaming=False, window=0, block_number=0, block_number_ack=0, block_data=b""
)
"""The block that gives a transfer up, from either side."""


class BlockServer:
    """The block transfers of one association, one at a time.

    Attributes:
        state: see `TRANSITIONS`.
        settings: the meter's own side.
        refusal: answers a block of no transfer.
    """

    def __init__(self, settings: GeneralBlockSettings, faults: frozenset[str], refusal: Callable[[], bytes]) -> None:
        self.state = State.IDLE
        self.settings = settings
        self.refusal = refusal
        self._faulty = FaultyBlocks(faults)
        self._heard_at = 0.0
        self._forget()

    def take(self, block: GeneralBlockTransfer, pdu_octets: int, serve: Serve, now: float) -> Replies:
        """Take a block, and give the APDUs that answer it.

        Args:
            block: from the client.
            pdu_octets: the longest APDU that the client takes; 0 for any.
            serve: serves the request once it is whole.
            now: seconds since the meter was switched on.
        """
        self.tick(now)
        self._heard_at = now
        return self._apply(self._event(block), block, pdu_octets, serve)

    def begin(self, reply: bytes, pdu_octets: int, now: float) -> Replies:
        """Send a reply in blocks to a client that asked outside blocks; it has told no window: one block goes first."""
        self.interrupt(now)
        self._heard_at = now
        self.state = State.SENDING
        self._incoming = Incoming(self.settings.longest_request_octets, whole=True)
        self._outgoing = Outgoing(self._faulty.data_octets(data_octets(pdu_octets)))
        self._outgoing.put(reply)
        return self._blocks(self._outgoing.window(self._faulty.window(1)))

    def interrupt(self, now: float) -> None:
        """An APDU came outside blocks, or the association ended: no transfer goes on."""
        self.tick(now)
        self.state = TRANSITIONS[self.state, Event.OTHER].next
        self._forget()

    def tick(self, now: float) -> None:
        """Give up a transfer of which nothing was heard for too long."""
        if self.state is not State.IDLE and now >= self._heard_at + self.settings.silence_s:
            self.state = TRANSITIONS[self.state, Event.SILENCE].next
            self._forget()

    def unsent(self) -> bytes | None:
        """What of a reply has not been sent yet; None where none is under way."""
        return self._outgoing.unsent() if self.state is State.SENDING else None

    def _event(self, block: GeneralBlockTransfer) -> Event:
        """What a block is, once what it says is booked."""
        if block == GIVING_UP or (block.block_number == 0 and block.block_number_ack == 0 and block.last_block):
            return self._faulty.on_abort(Event.ABORT, busy=self.state is State.SENDING)
        if self._begins_anew(block):
            return Event.BEGUN_ANEW
        if self.state is State.IDLE and block.block_number != 1:
            return self._faulty.on_stray(Event.STRAY)
        if not self._faulty.acknowledges(self._outgoing, block.block_number_ack):
            return Event.IMPOSSIBLE
        was_whole = self._incoming.whole
        block = self._faulty.renumbered(block, self._incoming)
        if not self._incoming.expects(block.block_number) or not self._incoming.take(block):
            return Event.IMPOSSIBLE
        if self._incoming.whole and not was_whole:
            return Event.WHOLE
        if self._outgoing.confirmed:
            return Event.CONFIRMED
        return Event.STREAMED if block.streaming else Event.TURN

    def _begins_anew(self, block: GeneralBlockTransfer) -> bool:
        """Whether a block 1 is of another request than the one at hand, not the same block once more.

        A client that heard nothing sends its block again. Where the block is ciphered, its counter tells that from
        another request of the same kind. In clear the reply tells: while it is going out and nothing of it was
        acknowledged, the block is the same; behind its last block, or once the client went on, it is a new request.
        """
        first = self._incoming.first
        if block.block_number != 1 or self.state is State.IDLE:
            return False
        if first is None or block.block_data != first.block_data or block.last_block != first.last_block:
            return first is not None or (not block.block_number_ack and bool(block.block_data))
        if self.state is not State.SENDING or is_ciphered((block.block_data or b"\x00")[0]):
            return False
        return self._outgoing.all_sent or bool(self._outgoing.acknowledged) or self._incoming.taken > 1

    def _apply(self, event: Event, block: GeneralBlockTransfer, pdu_octets: int, serve: Serve) -> Replies:
        transition = TRANSITIONS[self.state, event]
        self.state = transition.next
        match transition.effect:
            case Effect.WAIT:
                return ()
            case Effect.ACKNOWLEDGE:
                self._size(pdu_octets)
                self._outgoing.put_empty()
                return self._blocks(self._outgoing.window(1))
            case Effect.SERVE:
                return self._served(block, pdu_octets, serve)
            case Effect.SEND:
                return self._blocks(self._faulty.next_window(self._outgoing, self._faulty.window(block.window)))
            case Effect.RESTART:
                self._forget()
                return self._apply(self._event(block), block, pdu_octets, serve)
            case Effect.REFUSE:
                self._forget()
                return (self.refusal(),)
            case Effect.GIVE_UP:
                self._forget()
                return (GIVING_UP.encode(),)
            case Effect.FORGET | Effect.SERVE_OUTSIDE:
                self._forget()
                return ()

    def _served(self, block: GeneralBlockTransfer, pdu_octets: int, serve: Serve) -> Replies:
        """The first blocks of the reply to a request that is whole now."""
        reply = serve(self._incoming.apdu())
        if reply is None:
            return self._apply(Event.SPENT, block, pdu_octets, serve)
        if self._faulty.answers_without_blocks:
            self._apply(Event.SPENT, block, pdu_octets, serve)
            return (reply,)
        self._size(pdu_octets)
        self._outgoing.put(reply)
        return self._blocks(self._faulty.next_window(self._outgoing, self._faulty.window(block.window)))

    def _size(self, pdu_octets: int) -> None:
        """The first block that goes out settles how much data each of them carries."""
        if not self._outgoing.sent:
            self._outgoing = Outgoing(self._faulty.data_octets(data_octets(pdu_octets)))

    def _blocks(self, parts: list[Part]) -> Replies:
        """Parts as APDUs, one stream: streaming until the last of them, which gives the turn."""
        window = min(self.settings.window, self._incoming.missing) or self.settings.window
        blocks = [
            GeneralBlockTransfer(
                last_block=part.last,
                streaming=part is not parts[-1],
                window=window,
                block_number=part.number,
                block_number_ack=self._incoming.taken,
                block_data=part.data,
            )
            for part in parts
        ]
        return tuple(block.encode() for block in self._faulty.sent(blocks))

    def _forget(self) -> None:
        self._incoming = Incoming(self.settings.longest_request_octets)
        self._outgoing = Outgoing(1)
