"""General block transfer on the client's side: what came goes in, what is to be sent comes out (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.xdlms import confirmed_service_error, exception_response, general_block_transfer
from conformance.dlms.xdlms.general_block_transfer import WINDOW, GeneralBlockTransfer
from conformance.tester.block_transfer.faults import BlockFault, FaultKind, at
from conformance.tester.block_transfer.incoming import Incoming
from conformance.tester.block_transfer.outgoing import Content, Outgoing, part_octets
from conformance.tester.block_transfer.transitions import TRANSITIONS, Effect, Event, State

GIVING_UP = GeneralBlockTransfer(
    last_block=True, streaming=False, window=0, block_number=0, block_number_ack=0, block_data=b""
)
"""The block that gives a transfer up, from either side."""
MOST_IDLE_BLOCKS = 4 * WINDOW
"""A meter that sends more blocks in a row which bring no data, and acknowledge nothing new, is cut off."""
_ERRORS = frozenset((exception_response.TAG, confirmed_service_error.TAG))


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """How the client transfers.

    Attributes:
        window: blocks that it takes at once, 1 to 63; 0 is not legal in a confirmed transfer, and sent all the same.
        streaming: parts of a long request go out as many at a time as the meter takes; otherwise one by one.
        attempts: how often in a row the client sends once more what nothing answered; none on a line that loses
            nothing, where silence is the meter's fault.
        in_blocks: the request goes in blocks: True always, False never, None where it is longer than the meter takes.
        pdu_octets: longest APDU of the request's blocks; None: what the meter's InitiateResponse says.
    """

    window: int = 6
    streaming: bool = True
    attempts: int = 0
    in_blocks: bool | None = None
    pdu_octets: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.window <= WINDOW:
            raise ValueError(f"window {self.window} out of range; 1 to {WINDOW}, 0 as a fault of the client")


@dataclass(slots=True)
class Counted:
    """What a transfer took, counted in blocks.

    Attributes:
        sent: blocks sent, those without data too.
        received: blocks received, those that came again too.
        asked_again: blocks that were asked for, though they had been sent: lost ones.
        sent_again: blocks that were sent once more because nothing answered them, or the meter had lost them.
    """

    sent: int = 0
    received: int = 0
    asked_again: int = 0
    sent_again: int = 0


@dataclass(slots=True)
class BlockClient:
    """One transfer.

    Attributes:
        options: how the client transfers.
        request: protected.
        request_limit: octets of the longest APDU that the meter takes; 0 for any.
        reply_limit: octets of the longest APDU that the client takes; 0 for any.
        negotiated: general-block-transfer was.
        in_blocks: the request goes in blocks.
        state: see `TRANSITIONS`.
        reply: the APDU that answers, joined where it came in blocks; None before it is whole.
        replied_in_blocks: the reply came in blocks.
        faults: of the meter, in order; the last one has ended a transfer that failed.
        counted: blocks both ways.
    """

    options: BlockOptions
    request: bytes
    request_limit: int
    reply_limit: int
    negotiated: bool = True
    in_blocks: bool = field(init=False)
    state: State = State.ASKED
    reply: bytes | None = None
    replied_in_blocks: bool = False
    faults: list[BlockFault] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)
    frame: int = -1
    _incoming: Incoming = field(default_factory=Incoming)
    _outgoing: Outgoing = field(init=False)
    _window: int = field(default=1)
    _farthest: int = field(default=1)
    _turn_owed: bool = field(default=False)
    _meter_window: int = field(default=1)
    _unanswered: int = field(default=0)
    _told: int = field(default=0)
    _idle: int = field(default=0)
    _progress: tuple[int, int] = field(default=(0, 0))

    def __post_init__(self) -> None:
        """Settle how the request goes out.

        Raises:
            ValueError: it does not fit in as many blocks as have a number.
        """
        limit = self.request_limit if self.options.pdu_octets is None else self.options.pdu_octets
        wanted, fits = self.options.in_blocks, not limit or len(self.request) <= limit
        self.in_blocks = wanted or (wanted is None and not fits)
        if self.in_blocks:
            self.state = State.SENDING
        self._outgoing = Outgoing(self.request, part_octets(limit)) if self.in_blocks else Outgoing(b"", 1)

    @property
    def going(self) -> bool:
        """Whether something is still to come."""
        return self.state not in (State.DONE, State.FAILED)

    @property
    def streaming(self) -> bool:
        """Whether blocks may come one behind the other."""
        return self.state is not State.ASKED

    def start(self) -> list[GeneralBlockTransfer]:
        """The first blocks of a request that goes in blocks: one, for the meter has told no window yet."""
        return self._sent(self._outgoing.stream(1))

    def take(self, octets: bytes, frame: int) -> list[GeneralBlockTransfer]:
        """Take an APDU that came with a frame of the tape; gives the blocks to be sent now."""
        self.frame = frame
        if octets[:1] != bytes((general_block_transfer.TAG,)):
            return self._outside(octets)
        self.counted.received += 1
        try:
            block = decode(octets, general_block_transfer.read, "general-block-transfer")
        except DecodeError as error:
            return self._apply(Event.BROKEN, BlockFault(FaultKind.UNREADABLE, str(error), frame, error.path))
        return self._block(block, len(octets))

    def silent(self, waited_s: float) -> list[GeneralBlockTransfer]:
        """Nothing came for so long; gives the blocks to be sent once more, if any."""
        if self._turn_owed:
            return self._apply(Event.TURN)
        reason = f"nothing for {waited_s:g} s"
        kind = FaultKind.SILENT
        if self._incoming.octets and self._incoming.last is None:
            kind = FaultKind.LAST_BLOCK_MISSING
            reason = f"{reason}, and none of {self._incoming.taken} blocks was the last"
        elif self._incoming.taken and not self._incoming.octets and self._outgoing.request_acknowledged:
            kind, reason = FaultKind.EMPTY, f"{reason} but {self._incoming.taken} blocks without data"
        elif self._incoming.missing:
            kind, reason = FaultKind.BLOCK_MISSING, f"{reason}, and block {self._incoming.taken + 1} is missing"
        return self._apply(Event.SILENCE, BlockFault(kind, reason, self.frame))

    def deliver(self, block: GeneralBlockTransfer) -> None:
        """A block was handed to the link, and should arrive."""
        if block.block_number == self._outgoing.delivered + 1:
            self._outgoing.note_delivered(block.block_number)

    def _outside(self, octets: bytes) -> list[GeneralBlockTransfer]:
        """An APDU that is no block: the reply to a request outside blocks, an error, or a mix of mechanisms."""
        error = octets[:1] and octets[0] in _ERRORS
        name = f"an APDU with tag {octets[:1].hex().upper() or 'none'}"
        if self._incoming.taken and self._incoming.octets:
            told = "an error" if error else name
            reason = f"the reply began in blocks, and behind block {self._incoming.taken} comes {told}"
            self._note(FaultKind.MIXED, reason)
        elif self.state is not State.ASKED and not error:
            self._note(FaultKind.ANSWERED_OUTSIDE, f"the request went in blocks, the answer is {name}")
        if len(octets) > self.reply_limit > 0:
            self._note(FaultKind.TOO_LONG, f"{len(octets)} octets, the client takes {self.reply_limit}")
        self._apply(Event.OUTSIDE)
        self.reply = octets
        return []

    def _block(self, block: GeneralBlockTransfer, octets: int) -> list[GeneralBlockTransfer]:
        incoming, outgoing = self._incoming, self._outgoing
        if not self.negotiated and not incoming.taken:
            self._note(FaultKind.NOT_NEGOTIATED, "a block, though general-block-transfer was not negotiated")
        if block.last_block and not block.block_number and not block.block_number_ack:
            reason = "the meter gives the transfer up (last-block, both numbers 0)"
            return self._apply(Event.GIVEN_UP, BlockFault(FaultKind.GIVEN_UP, reason, self.frame, at("block-number")))
        if octets > self.reply_limit > 0:
            reason = f"{octets} octets, the client takes {self.reply_limit}"
            self._note(FaultKind.TOO_LONG, reason, "block-data")
        self._judge_numbers(block)
        outgoing.acknowledge(block.block_number_ack)
        self._meter_window = block.window
        impossible = incoming.impossible(block, self.frame) or self._idling()
        if impossible is not None:
            return self._apply(Event.BROKEN, impossible)
        if incoming.known(block.block_number) and block.block_number <= self._told:
            reason = f"block {block.block_number} again, though {self._told} was acknowledged"
            self._note(FaultKind.REPEATED_WITHOUT_NEED, reason, "block-number")
            return []
        if self.state is State.SENDING and outgoing.request_acknowledged:
            self.state = State.AWAITING
        if not incoming.known(block.block_number):
            self._take(block)
        return self._apply(self._event(block))

    def _idling(self) -> BlockFault | None:
        """Count the blocks that bring nothing; too many of them in a row end the transfer."""
        progress = (self._incoming.octets, self._outgoing.acknowledged)
        self._idle = self._idle + 1 if progress == self._progress else 0
        self._progress = progress
        if self._idle <= MOST_IDLE_BLOCKS:
            return None
        return BlockFault(FaultKind.NO_PROGRESS, f"{self._idle} blocks in a row that bring nothing", self.frame)

    def _take(self, block: GeneralBlockTransfer) -> None:
        self._unanswered = 0
        early = self.state is State.SENDING
        says_last = bool(block.block_data) or self._incoming.octets > 0
        if early and block.block_data and block.block_data[0] not in _ERRORS and not self._incoming.octets:
            missing = f"the meter acknowledges block {self._outgoing.acknowledged} only"
            self._note(FaultKind.TOO_EARLY, f"data of a reply, and {missing}", "block-number-ack")
        if block.block_number > self._farthest:
            told = f"a window of {self._window}" if self.counted.sent else "no window, which makes it 1"
            reason = f"block {block.block_number}, though the client has acknowledged {self._told} and told {told}"
            self._note(FaultKind.WINDOW_EXCEEDED, reason, "block-number")
        if block.streaming and (block.last_block or block.block_number == self._farthest):
            what = "last block" if block.last_block else "block that fills the window"
            self._note(FaultKind.STREAMING, f"the {what} says that another follows", "block-control")
            self._turn_owed = True
        self._incoming.take(block, says_last=says_last)

    def _judge_numbers(self, block: GeneralBlockTransfer) -> None:
        """Judge what the meter says of the client's blocks, and of its own window."""
        outgoing, number = self._outgoing, block.block_number_ack
        if number > outgoing.highest:
            reason = f"block-number-ack {number}, the client has sent {outgoing.highest}"
            self._note(FaultKind.ACKNOWLEDGED_NEVER_SENT, reason, "block-number-ack")
        elif number < outgoing.delivered and not self.options.attempts:
            reason = f"block-number-ack {number}, the meter has been sent up to {outgoing.delivered}"
            self._note(FaultKind.ACKNOWLEDGED_TOO_LOW, reason, "block-number-ack")
        if not block.window and not (block.last_block and outgoing.request_acknowledged):
            self._note(FaultKind.WINDOW_ZERO, "the meter takes no block, and waits for one", "block-control")

    def _event(self, block: GeneralBlockTransfer) -> Event:
        incoming = self._incoming
        if incoming.whole:
            return Event.WHOLE
        if self.state is not State.SENDING and not incoming.octets and not block.block_data:
            return Event.NOT_READY
        return Event.STREAMED if block.streaming else Event.TURN

    def _apply(self, event: Event, fault: BlockFault | None = None) -> list[GeneralBlockTransfer]:
        transition = TRANSITIONS[self.state, event]
        self.state = transition.next
        match transition.effect:
            case Effect.GO_ON:
                return self._go_on()
            case Effect.ASK_AGAIN:
                return self._ask_again(fault)
            case Effect.FINISH:
                self.reply = self._incoming.joined()
                self.replied_in_blocks = True
                return []
            case Effect.FAIL:
                self.faults += [] if fault is None else [fault]
                return []
            case Effect.WAIT | Effect.TAKE:
                return []

    def _go_on(self) -> list[GeneralBlockTransfer]:
        missing = self._incoming.missing
        if missing and not self.options.attempts:
            reason = f"{self._missing(missing)} did not come, though a later one did, and the meter gives the turn"
            self.state = State.FAILED
            self.faults.append(BlockFault(FaultKind.BLOCK_MISSING, reason, self.frame, at("block-number")))
            return []
        self.counted.asked_again += missing
        window = max(1, self._meter_window) if self.options.streaming else 1
        return self._sent(self._outgoing.stream(window))

    def _ask_again(self, fault: BlockFault | None) -> list[GeneralBlockTransfer]:
        """Nothing came: send once more what should have been answered, or ask for what is missing."""
        if self._unanswered >= self.options.attempts:
            self.state = State.FAILED
            self.faults += [] if fault is None else [fault]
            return []
        self._unanswered += 1
        if self.state is State.SENDING:
            return self._sent(self._outgoing.latest())
        self.counted.asked_again += self._incoming.missing
        return self._sent(self._outgoing.stream(1))

    def _sent(self, contents: list[Content]) -> list[GeneralBlockTransfer]:
        """Blocks of one stream: streaming until the last of them, which gives the turn."""
        incoming, options = self._incoming, self.options
        window = min(options.window, incoming.missing) or options.window
        self._window, self._told, self._turn_owed = window, incoming.taken, False
        self._farthest = max(self._farthest, incoming.taken + max(1, window))
        highest = self._outgoing.delivered
        self.counted.sent += len(contents)
        self.counted.sent_again += sum(content.number <= highest for content in contents)
        return [
            GeneralBlockTransfer(
                last_block=content.last,
                streaming=content is not contents[-1],
                window=window,
                block_number=content.number,
                block_number_ack=incoming.taken,
                block_data=content.data,
            )
            for content in contents
        ]

    def _missing(self, count: int) -> str:
        first = self._incoming.taken + 1
        return f"block {first}" if count == 1 else f"blocks {first} to {first + count - 1}"

    def _note(self, kind: FaultKind, reason: str, field_name: str = "") -> None:
        self.faults.append(BlockFault(kind, reason, self.frame, at(field_name) if field_name else ""))
