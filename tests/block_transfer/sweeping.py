"""The core transfers between the tester and the sound embedded meter, and what must hold of them at any PDU size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from conformance.device.model import Protection
from conformance.dlms.data.values import long_unsigned, octet_string
from conformance.dlms.xdlms.action import ActionResponseWithList, ActionResponseWithPblock
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNormal, GetResponseNormal
from conformance.dlms.xdlms.set import SetResponseLastDatablock
from conformance.harness.pdu_sizes import sizes_on
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.meter import Meter
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import Losses, Transferred, request
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.service_blocks import (
    LongReply,
    LongRequest,
    acknowledged_block,
    long_action_list,
    long_set,
    reply_block,
)
from conformance.tester.stimulus import apdu
from conformance.tester.transfer import get
from tests.block_transfer.meters import client, meter

CONSUMER_MESSAGE = AttributeDescriptor(1, bytes.fromhex("0000600D00FF"), 2)
SCRIPT = MethodDescriptor(9, bytes.fromhex("00000A0000FF"), 1)
GET = apdu(GetRequestNormal(0xC1, CONSUMER_MESSAGE).encode(), "GET of the message to the consumer")
MESSAGE = octet_string(bytes(index % 251 for index in range(300)))
INVOCATIONS = 24
SERVICE_BLOCKS_FIRST = GeneralBlockSettings()
ASSOCIATIONS = {Protection.NONE: "reading", Protection.GLO: "management"}
SMALLEST = {Protection.NONE: 12, Protection.GLO: 44}
"""Without general blocks pass 4 of a ciphered HLS must fit one APDU: 25 octets and 19 of protection."""
LARGEST = 300
OVERHEAD = {Protection.NONE: 0, Protection.GLO: 20}
"""Of ciphering; a long length field takes one octet more."""


def sizes_of(protection: Protection, *, in_general_blocks: bool = False) -> range:
    """Every PDU size of a sweep."""
    return range(12 if in_general_blocks else SMALLEST[protection], LARGEST + 1)


def opened(made: Meter, protection: Protection, limit: int, *, negotiated: bool) -> Association:
    return client(made, ASSOCIATIONS[protection], protection, limit=limit, negotiated=negotiated)


def sound_meter(*, general: bool = False) -> Meter:
    return meter() if general else meter(blocks=SERVICE_BLOCKS_FIRST)


def fits(association: Association, limit: int) -> bool:
    """Whether every reply since the association opened has at most `limit` octets, as counted on the line."""
    sizes = sizes_on(association.data_link.line.tape.frames)
    longest = max(measured.longest_reply for measured in sizes.measured)
    return not sizes.replies_beyond and longest <= limit


def filled(association: Association, limit: int, *, slack: int) -> bool:
    """Whether the longest reply uses the PDU, but for what one octet more of a length field would take."""
    sizes = sizes_on(association.data_link.line.tape.frames)
    return max(measured.longest_reply for measured in sizes.measured) >= limit - slack


def value_of(reaction: Reaction) -> object:
    assert isinstance(reaction, Reply), reaction
    assert isinstance(reaction.value, GetResponseNormal), reaction.value
    return reaction.value.result


def get_next(association: Association) -> object:
    """The message, in blocks of GET."""
    return get(association, CONSUMER_MESSAGE)


def general(association: Association, options: BlockOptions, losses: Losses | None = None) -> Transferred:
    """The message, in general blocks."""
    return request(association, GET, options) if losses is None else request(association, GET, options, losses)


def _sent(association: Association, long: LongRequest, size: int) -> Reaction:
    """A long request in blocks of `size` octets of raw-data; gives the reply to the last."""
    blocks = long.blocks(size)
    reaction = association.request(long.opening(blocks[0]))
    for before, block in pairwise(blocks):
        assert acknowledged_block(reaction) == before.block_number, reaction
        reaction = association.request(long.following(block))
    return reaction


def set_in_blocks(association: Association, size: int) -> bool:
    """Whether the message is written in blocks of `size` octets of raw-data."""
    reaction = _sent(association, long_set(CONSUMER_MESSAGE, MESSAGE), size)
    assert isinstance(reaction, Reply), reaction
    answer = reaction.value
    return isinstance(answer, SetResponseLastDatablock) and answer.result == DataAccessResult.SUCCESS


def action_in_blocks(association: Association, size: int) -> bytes:
    """The results of a list of invocations that goes in blocks of `size` octets, in blocks too where it must."""
    methods, parameters = (SCRIPT,) * INVOCATIONS, (long_unsigned(1),) * INVOCATIONS
    reaction = _sent(association, long_action_list(methods, parameters), size)
    joined = bytearray()
    number = 0
    while True:
        assert isinstance(reaction, Reply), reaction
        if isinstance(reaction.value, ActionResponseWithList):
            assert not joined
            return reaction.plain[3:]
        assert isinstance(reaction.value, ActionResponseWithPblock), reaction.value
        block = reply_block(reaction)
        number += 1
        assert block is not None
        assert block.block_number == number
        joined += block.raw
        if block.last_block:
            return bytes(joined)
        assert number < 1000
        reaction = association.request(LongReply.ACTION.next(number))


RESULTS = bytes((INVOCATIONS,)) + bytes(2 * INVOCATIONS)
"""What that list brings: success, and no return parameters, so many times."""


@dataclass
class LossyLine:
    """Loses a share of all blocks both ways, and remembers which of the meter's have come."""

    share: float
    seed: int

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self.lost = 0
        self.came: Counter[int] = Counter()

    def losses(self) -> Losses:
        return Losses(self._loses, self._loses_reply)

    def _loses(self, _block: GeneralBlockTransfer) -> bool:
        lost = self._random.random() < self.share
        self.lost += lost
        return lost

    def _loses_reply(self, block: GeneralBlockTransfer) -> bool:
        lost = self._loses(block)
        if not lost and block.block_data:
            self.came[block.block_number] += 1
        return lost
