"""Measuring a transfer on the tape: what it took, and which mechanism carried it, as the octets tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from conformance.dlms.xdlms import general_block_transfer
from conformance.dlms.xdlms.general_block_transfer import WINDOW
from conformance.harness.deciding import apdu_of
from conformance.record.transfer_cost import Mechanism, TransferCostRecord
from conformance.tester.association import Association
from conformance.tester.tape import TapedFrame

_DIGITS = 6
_CONTROL = 1
"""Where the control octet of a general block stands."""


def cost_on(
    frames: Sequence[TapedFrame], association: Association, *, service: str, attribute: str, virtual: bool
) -> TransferCostRecord | None:
    """The cost of the one transfer that `frames` are; None where nothing came back.

    Args:
        frames: on the tape, from the request to the last octet of the reply.
        association: in which it went.
        service: by its name.
        attribute: what was transferred, in words.
        virtual: whether the clock is one that the tool moves on.
    """
    sent = [frame for frame in frames if frame.direction == "C>S"]
    received = [frame for frame in frames if frame.direction == "S>C"]
    if not sent or not received:
        return None
    requests = [apdu for frame in sent if (apdu := apdu_of(frame))]
    replies = [apdu for frame in received if (apdu := apdu_of(frame))]
    windows = [apdu[_CONTROL] & WINDOW for apdu in requests if _is_block(apdu) and len(apdu) > _CONTROL]
    initiate = association.proposed_initiate
    pairs = pairwise(frames)
    return TransferCostRecord(
        association=association.settings.name,
        protection=association.protection.value,
        service=service,
        attribute=attribute,
        mechanism=_mechanism(requests, replies),
        pdu_size=initiate.client_max_receive_pdu_size if initiate is not None else 0,
        window=max(windows, default=None),
        apdus_sent=len(requests),
        apdus_received=len(replies),
        frames_sent=len(sent),
        frames_received=len(received),
        octets_sent=sum(len(frame.octets) for frame in sent),
        octets_received=sum(len(frame.octets) for frame in received),
        round_trips=sum(before.direction == "C>S" and after.direction == "S>C" for before, after in pairs),
        seconds=round(max(0.0, received[-1].time_s - sent[0].began_s), _DIGITS),
        virtual=virtual,
    )


def _mechanism(requests: Sequence[bytes], replies: Sequence[bytes]) -> Mechanism:
    if any(map(_is_block, (*requests, *replies))):
        return Mechanism.GENERAL
    return Mechanism.SERVICE_SPECIFIC if len(requests) > 1 or len(replies) > 1 else Mechanism.NONE


def _is_block(apdu: bytes) -> bool:
    return apdu[0] == general_block_transfer.TAG
