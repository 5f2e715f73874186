"""A request and its reply over an association, in general blocks where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.xdlms import general_block_transfer
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.tester.block_transfer.client import GIVING_UP, BlockClient, BlockOptions, Counted
from conformance.tester.block_transfer.cost import TransferCost, measured
from conformance.tester.block_transfer.faults import BlockFault, FaultKind
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.reaction import Reaction, Reply, Silence
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, raw

if TYPE_CHECKING:
    from conformance.tester.association import Association

Loses = Callable[[GeneralBlockTransfer], bool]
"""Whether a block is to be lost on its way."""


def _nothing(_: GeneralBlockTransfer) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Losses:
    """Blocks that are lost on purpose: recovery is tested on lines that lose nothing.

    Attributes:
        sent: of the client's blocks, those that are not handed to the link; one that gives the turn is then missed by
            the meter, so that nothing comes.
        received: of the meter's blocks, those that the client does as if they had not come.
    """

    sent: Loses = field(default=_nothing)
    received: Loses = field(default=_nothing)


NO_LOSSES = Losses()


@dataclass(frozen=True, slots=True)
class Transferred:
    """How a transfer went.

    Attributes:
        reaction: the reply, joined, opened and decoded; or what came in its place.
        faults: of the meter, in order; where the transfer failed, the last one says why.
        in_blocks: the request went in blocks.
        replied_in_blocks: the reply came in blocks.
        counted: blocks both ways.
        cost: on the line.
    """

    reaction: Reaction
    faults: tuple[BlockFault, ...]
    in_blocks: bool
    replied_in_blocks: bool
    counted: Counted
    cost: TransferCost

    @property
    def reply(self) -> Reply | None:
        """The reply; None where there is none."""
        return self.reaction if isinstance(self.reaction, Reply) else None

    def found(self, *kinds: FaultKind) -> list[BlockFault]:
        """The faults of these kinds."""
        return [fault for fault in self.faults if fault.kind in kinds]

    def __str__(self) -> str:
        told = "; ".join(str(fault) for fault in self.faults)
        return f"{seen(self.reaction)}{'; ' if told else ''}{told}"


def request(
    association: Association,
    stimulus: Stimulus,
    options: BlockOptions | None = None,
    losses: Losses = NO_LOSSES,
    *,
    bare: bytes | None = None,
) -> Transferred:
    """Send a stimulus, protected as usual, and give its reply, whichever way it comes; nothing is raised for a fault.

    The request goes in blocks where it is longer than the meter takes, or `options` say so. A reply that came in blocks
    and begins with `bare` is opened and not decoded: it may be huge.

    Raises:
        NotDeclared, AlterationError: the stimulus cannot be made in this association.
        ValueError: the request does not fit in as many blocks as have a number.
    """
    with measured(association) as cost:
        exchange = _Exchange(association, options or BlockOptions(), losses, bare)
        reaction = exchange.run(stimulus)
    client = exchange.client
    return Transferred(reaction, tuple(client.faults), client.in_blocks, client.replied_in_blocks, client.counted, cost)


def block(
    association: Association,
    data: bytes = b"",
    *,
    number: int,
    acknowledged: int,
    last: bool = True,
    streaming: bool = False,
    window: int = 1,
) -> Reaction:
    """Send one block made by hand, never protected, and give the meter's reaction: for negative tests."""
    made = GeneralBlockTransfer(last, streaming, window, number, acknowledged, data)
    return association.request(raw(made.encode(), f"general-block-transfer, block {number}"))


def give_up(association: Association) -> None:
    """Tell the meter that no transfer goes on; it has nothing to answer."""
    association.notify(raw(GIVING_UP.encode(), "general-block-transfer, given up"))


class _Exchange:
    """One transfer over an association."""

    client: BlockClient

    def __init__(
        self, association: Association, options: BlockOptions, losses: Losses, bare: bytes | None = None
    ) -> None:
        self._association = association
        self._bare = bare
        self._options = options
        self._losses = losses
        self._silence: Silence | None = None
        self._received: ApduReceived | None = None

    def run(self, stimulus: Stimulus) -> Reaction:
        """The reply, or what ended the transfer."""
        association = self._association
        association.send_cut(stimulus, self._begin)
        while self.client.going:
            received = association.data_link.receive(association.timeout_s, streamed=self.client.streaming)
            if isinstance(received, ApduReceived):
                self._take(received)
            elif isinstance(received, Silence):
                self._silence = received
                self._send(self.client.silent(received.waited_s))
            else:
                return received
        return self._outcome()

    def _begin(self, request: bytes) -> Sequence[bytes]:
        """The APDUs that a request goes out as at first."""
        association = self._association
        negotiated, proposed = association.negotiated, association.proposed_initiate
        self.client = BlockClient(
            self._options,
            request,
            negotiated.server_max_receive_pdu_size if negotiated is not None else 0,
            proposed.client_max_receive_pdu_size if proposed is not None else 0,
            negotiated is not None and ConformanceBit.GENERAL_BLOCK_TRANSFER in negotiated.negotiated_conformance,
        )
        return self._delivered(self.client.start()) if self.client.in_blocks else (request,)

    def _take(self, received: ApduReceived) -> None:
        taped = self._association.data_link.line.tape.frames[received.frame]
        if self._lost(received.apdu):
            taped.note = "; ".join(filter(None, (taped.note, "lost on purpose")))
            return
        faults = len(self.client.faults)
        blocks = self.client.take(received.apdu, received.frame)
        told = [str(fault) for fault in self.client.faults[faults:]]
        taped.note = "; ".join(filter(None, (taped.note, *told)))
        self._silence, self._received = None, received
        self._send(blocks)

    def _lost(self, octets: bytes) -> bool:
        if octets[:1] != bytes((general_block_transfer.TAG,)):
            return False
        try:
            return self._losses.received(decode(octets, general_block_transfer.read, "general-block-transfer"))
        except DecodeError:
            return False

    def _send(self, blocks: list[GeneralBlockTransfer]) -> None:
        for octets in self._delivered(blocks):
            self._association.data_link.send(octets)

    def _delivered(self, blocks: list[GeneralBlockTransfer]) -> list[bytes]:
        """The blocks that are not lost on purpose, as octets."""
        delivered = [block for block in blocks if not self._losses.sent(block)]
        for made in delivered:
            self.client.deliver(made)
        return [made.encode() for made in delivered]

    def _outcome(self) -> Reaction:
        client = self.client
        if client.reply is not None:
            received = ApduReceived(client.reply, client.frame)
            return self._association.understood(received, in_blocks=client.replied_in_blocks, bare=self._bare)
        if self._silence is not None or self._received is None:
            return self._silence or Silence(self._association.timeout_s)
        return self._association.understood(self._received)
