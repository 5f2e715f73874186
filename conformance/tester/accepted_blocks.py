"""Accepted reactions in the block transfers of the services: an acknowledgement, the end of a transfer, an error."""

from __future__ import annotations

from conformance.dlms.xdlms.action import ActionResponseNormal, ActionResponseWithList
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult, label_of
from conformance.dlms.xdlms.set import SetResponseLastDatablock, SetResponseLastDatablockWithList
from conformance.dlms.xdlms.write import WriteResponse, WriteSuccess
from conformance.tester.accepted_services import access_error, access_result_of, exception, service_error
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu, tolerated
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.service_blocks import acknowledged_block, reply_block

_OTHER_ERROR = tolerated(access_error() | exception() | service_error())

NO_LONG_GET: Expectation = access_error(DataAccessResult.NO_LONG_GET_IN_PROGRESS) | _OTHER_ERROR
"""A request for the next block, and no long GET or Read is in progress."""
LONG_GET_ENDED: Expectation = (
    access_error(DataAccessResult.LONG_GET_ABORTED, DataAccessResult.DATA_BLOCK_NUMBER_INVALID) | _OTHER_ERROR
)
"""A request for the next block acknowledges another block than the last one sent."""
NO_LONG_SET: Expectation = access_error(DataAccessResult.NO_LONG_SET_IN_PROGRESS) | _OTHER_ERROR
"""A further block of a value, and no long SET or Write is in progress."""
LONG_SET_ENDED: Expectation = (
    access_error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID, DataAccessResult.LONG_SET_ABORTED) | _OTHER_ERROR
)
"""A block of a value has a wrong number."""


def action_error(*results: ActionResult) -> Expectation:
    """An action-result other than success, alone: one of `results`, or any."""
    names = ", ".join(f"{result.label} ({int(result)})" for result in results) or "other than success"

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "action-response")
        if mismatch is not None:
            return mismatch
        value = reaction.value if isinstance(reaction, Reply) else None
        if not isinstance(value, ActionResponseNormal):
            return Mismatch(f"no action-response with a result alone: {seen(reaction)}", closeness=2)
        if value.result == ActionResult.SUCCESS:
            return Mismatch("action-result success", "action-response.result", closeness=3)
        if results and value.result not in results:
            told = f"{label_of(ActionResult, value.result)} ({value.result})"
            return Mismatch(f"action-result {told}", "action-response.result", closeness=4)
        return None

    return expectation(f"action-result {names}", match, "action-response.result")


NO_LONG_ACTION: Expectation = action_error(ActionResult.NO_LONG_ACTION_IN_PROGRESS) | tolerated(
    action_error() | exception()
)
"""A block, or a request for one, and no long ACTION is in progress."""
LONG_ACTION_ENDED: Expectation = action_error(ActionResult.LONG_ACTION_ABORTED) | tolerated(
    action_error() | exception()
)
"""A block, or a request for one, has a wrong number: Action-Result has no other value for it."""


def acknowledges(block_number: int) -> Expectation:
    """The meter has taken this block of the request, and awaits the next one."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "an acknowledgement")
        if mismatch is not None:
            return mismatch
        number = acknowledged_block(reaction)
        if number is None:
            return Mismatch(f"block {block_number} is not acknowledged: {seen(reaction)}", closeness=2)
        if number != block_number:
            path = _ACKNOWLEDGEMENTS.get(reaction.tag or 0, "") if isinstance(reaction, Reply) else ""
            return Mismatch(f"block {number} is acknowledged, {block_number} was sent", path, closeness=3)
        return None

    return expectation(f"the acknowledgement of block {block_number}", match)


def continues_or_refuses(refusal: Expectation) -> Expectation:
    """After another service came between: the next block or its acknowledgement, the end of the transfer, or an error.

    Whether a service in between ends a transfer is the server's choice; what it must not do is judged by what comes
    out in the end.
    """

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "an answer")
        if mismatch is not None:
            return mismatch
        taken = reply_block(reaction) is not None or acknowledged_block(reaction) is not None
        if taken or access_result_of(reaction) == DataAccessResult.SUCCESS:
            return None
        return Mismatch(f"neither a block nor an acknowledgement: {seen(reaction)}", closeness=2)

    return expectation("the transfer goes on", match) | refusal


def written(block_number: int, count: int = 1, *, listed: bool = False) -> Expectation:
    """The end of a long SET or Write: success for each of `count` attributes, and with SET the last block's number."""
    words = f"success for {count} attributes" if count > 1 else "success"

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "the result of a long request")
        if mismatch is not None:
            return mismatch
        match reaction.value if isinstance(reaction, Reply) else None:
            case SetResponseLastDatablock(result=result, block_number=number) if not listed:
                return _ended((result,), 1, number, block_number)
            case SetResponseLastDatablockWithList(results=results, block_number=number) if listed:
                return _ended(results, count, number, block_number)
            case WriteResponse(results=outcomes) if all(isinstance(item, WriteSuccess) for item in outcomes):
                return _ended((0,) * len(outcomes), count, block_number, block_number)
        return Mismatch(f"no success: {seen(reaction)}", _RESULTS.get(getattr(reaction, "tag", 0), ""), closeness=2)

    return expectation(words, match)


def methods_succeed(count: int, *, listed: bool) -> Expectation:
    """The end of a long ACTION: action-result success for each of `count` methods."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "action-response")
        if mismatch is not None:
            return mismatch
        match reaction.value if isinstance(reaction, Reply) else None:
            case ActionResponseNormal(result=result) if not listed:
                results: tuple[int, ...] = (result,)
            case ActionResponseWithList(responses=outcomes) if listed:
                results = tuple(outcome.result for outcome in outcomes)
            case _:
                return Mismatch(f"no result of this request: {seen(reaction)}", closeness=2)
        return _ended(results, count, 0, 0, "action-response")

    words = f"action-result success for {count} methods" if listed else "action-result success"
    return expectation(words, match)


def _ended(
    results: tuple[int, ...], count: int, told: int, sent: int, response: str = "set-response"
) -> Mismatch | None:
    if len(results) != count:
        return Mismatch(f"{len(results)} results for {count}", f"{response}.result", closeness=4)
    wrong = next((result for result in results if result != DataAccessResult.SUCCESS), None)
    if wrong is not None:
        return Mismatch(f"result {label_of(DataAccessResult, wrong)} ({wrong})", f"{response}.result", closeness=3)
    if told != sent:
        return Mismatch(f"block {told} is acknowledged, {sent} was sent", f"{response}.block-number", closeness=5)
    return None


_ACKNOWLEDGEMENTS = {
    0xC5: "set-response.block-number",
    0xC7: "action-response.block-number",
    0x0C: "read-response.result.block-number",
    0x0D: "write-response.result.block-number",
}
"""Where the number stands, by the tag of the response."""
_RESULTS = {0xC5: "set-response.result", 0x0D: "write-response"}
"""Where the result stands, by the tag of the response."""
