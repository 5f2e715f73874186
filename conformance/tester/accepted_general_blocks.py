"""Accepted reactions to general blocks that are not as they should be: asked for again, given up, an error."""

from __future__ import annotations

from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.tester.accepted_services import access_error, exception, service_error
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu, tolerated
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen

_NUMBER = "general-block-transfer.block-number"
_ACKNOWLEDGED = "general-block-transfer.block-number-ack"


def given_up() -> Expectation:
    """A block that gives the transfer up: last-block, both numbers 0, no data."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        block = _block(reaction, "a block that gives the transfer up")
        if isinstance(block, Mismatch):
            return block
        if block.last_block and not block.block_number and not block.block_number_ack and not block.block_data:
            return None
        return Mismatch(f"the transfer goes on: {seen(reaction)}", _NUMBER, closeness=3)

    return expectation("a block that gives the transfer up", match, _NUMBER)


def asked_for(number: int) -> Expectation:
    """A block without data that says that all up to `number` have come, and no more."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        block = _block(reaction, f"a block that acknowledges {number}")
        if isinstance(block, Mismatch):
            return block
        if block.block_data:
            return Mismatch(f"a reply, though the request is not whole: {seen(reaction)}", _NUMBER, closeness=4)
        if block.block_number_ack != number:
            told = f"block-number-ack {block.block_number_ack}, though {number} blocks came in order"
            return Mismatch(told, _ACKNOWLEDGED, closeness=4)
        return None

    return expectation(f"a block without data that acknowledges {number}", match, _ACKNOWLEDGED)


def block_again(number: int, data: bytes) -> Expectation:
    """The block of the meter with this number once more, its data unchanged."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        block = _block(reaction, f"block {number}")
        if isinstance(block, Mismatch):
            return block
        if block.block_number != number:
            return Mismatch(f"block {block.block_number}, not {number}", _NUMBER, closeness=4)
        if block.block_data != data:
            path = "general-block-transfer.block-data"
            return Mismatch(f"block {number} came again with other data than before", path, closeness=5)
        return None

    return expectation(f"block {number} once more, unchanged", match, _NUMBER)


def told_clearly() -> Expectation:
    """An error that a client understands: exception-response, confirmedServiceError, or the transfer given up."""
    return exception() | service_error() | given_up()


NOT_IN_PROGRESS: Expectation = (
    access_error(DataAccessResult.NO_LONG_GET_IN_PROGRESS)
    | told_clearly()
    | tolerated(access_error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID, DataAccessResult.LONG_GET_ABORTED))
)
"""get-request-next amid a transfer in general blocks: no GET in the blocks of the service is in progress."""


def _block(reaction: Reaction, wanted: str) -> GeneralBlockTransfer | Mismatch:
    mismatch = no_apdu(reaction, wanted)
    if mismatch is not None:
        return mismatch
    value = reaction.value if isinstance(reaction, Reply) else None
    return value if isinstance(value, GeneralBlockTransfer) else Mismatch(f"no block: {seen(reaction)}", closeness=2)
