"""General blocks that nobody acknowledges: an unconfirmed request, and what a meter pushes.

All of them are streamed, the last one too, with window 0 and no acknowledgement; so field captures show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.xdlms import general_block_transfer
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.tester.association import Association
from conformance.tester.block_transfer.faults import BlockFault, FaultKind, at
from conformance.tester.block_transfer.incoming import Incoming
from conformance.tester.block_transfer.outgoing import part_octets
from conformance.tester.stimulus import Stimulus


@dataclass(frozen=True, slots=True)
class JoinedPush:
    """What came in blocks.

    Attributes:
        apdu: as it was protected; None where blocks are missing.
        frame: number on the tape of the frame with the last block.
        faults: of the meter, in order.
    """

    apdu: bytes | None
    frame: int
    faults: tuple[BlockFault, ...]


def cut(apdu: bytes, pdu_octets: int) -> tuple[bytes, ...]:
    """An APDU in blocks of at most `pdu_octets`; 0 for any size.

    Raises:
        ValueError: not one octet of data fits.
    """
    each = part_octets(pdu_octets)
    starts = range(0, max(1, len(apdu)), each)
    return tuple(
        GeneralBlockTransfer(start + each >= len(apdu), True, 0, number, 0, apdu[start : start + each]).encode()
        for number, start in enumerate(starts, 1)
    )


def notify(association: Association, stimulus: Stimulus, pdu_octets: int | None = None) -> None:
    """Send an unconfirmed request in blocks, protected as usual, and do not wait.

    Args:
        association: open.
        stimulus: calls for no reply.
        pdu_octets: the longest block; None: as the meter's InitiateResponse says.

    Raises:
        NotDeclared, AlterationError: the stimulus cannot be made in this association.
        ValueError: not one octet of data fits.
    """
    negotiated = association.negotiated
    limit = negotiated.server_max_receive_pdu_size if negotiated is not None else 0
    association.send_cut(stimulus, lambda apdu: cut(apdu, limit if pdu_octets is None else pdu_octets))


def joined(blocks: Iterable[tuple[bytes, int]], pdu_octets: int = 0) -> JoinedPush:
    """The APDU that unconfirmed blocks carry, as far as it goes, and what is wrong with them.

    Args:
        blocks: the octets of each block, with the number of its frame, as they came.
        pdu_octets: the longest APDU that the client takes; 0 for any.
    """
    incoming, faults, last = Incoming(), list[BlockFault](), -1
    for octets, last in blocks:
        try:
            block = decode(octets, general_block_transfer.read, "general-block-transfer")
        except DecodeError as error:
            faults.append(BlockFault(FaultKind.UNREADABLE, str(error), last, error.path))
            break
        faults += _judged(block, len(octets), pdu_octets, last)
        impossible = incoming.impossible(block, last)
        if impossible is not None:
            faults.append(impossible)
            break
        if incoming.known(block.block_number):
            reason = f"block {block.block_number} again, though nothing asks for it"
            faults.append(BlockFault(FaultKind.REPEATED_WITHOUT_NEED, reason, last, at("block-number")))
            continue
        incoming.take(block, says_last=True)
    if not incoming.whole and not any(fault.kind is FaultKind.UNREADABLE for fault in faults):
        faults.append(_gap(incoming, last))
    return JoinedPush(incoming.joined() if incoming.whole else None, last, tuple(faults))


def _judged(block: GeneralBlockTransfer, octets: int, pdu_octets: int, frame: int) -> Sequence[BlockFault]:
    faults = []
    if octets > pdu_octets > 0:
        reason = f"{octets} octets, the client takes {pdu_octets}"
        faults.append(BlockFault(FaultKind.TOO_LONG, reason, frame, at("block-data")))
    if not block.streaming:
        reason = f"block {block.block_number} gives the turn, and nothing answers what is unconfirmed"
        faults.append(BlockFault(FaultKind.STREAMING, reason, frame, at("block-control")))
    if block.block_number_ack:
        reason = f"block-number-ack {block.block_number_ack}, and nothing was sent"
        faults.append(BlockFault(FaultKind.ACKNOWLEDGED_NEVER_SENT, reason, frame, at("block-number-ack")))
    return faults


def _gap(incoming: Incoming, frame: int) -> BlockFault:
    if incoming.missing:
        reason = f"block {incoming.taken + 1} did not come, though later ones did"
        return BlockFault(FaultKind.BLOCK_MISSING, reason, frame, at("block-number"))
    reason = f"none of {incoming.taken} blocks was the last"
    return BlockFault(FaultKind.LAST_BLOCK_MISSING, reason, frame, at("block-control"))
