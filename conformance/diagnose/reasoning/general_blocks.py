"""General block transfer, block by block: window, streaming, acknowledgements, repetitions (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import refuses
from conformance.diagnose.reasoning.signs_services import EMPTY_BLOCK
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import of_own_accord
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer

READ: Final = Evidence.READ
_CONTROL: Final = "general-block-transfer.block-control"
_ACK: Final = "general-block-transfer.block-number-ack"
_NUMBER: Final = "general-block-transfer.block-number"
_MOST_EMPTY: Final = 3
_AT_FAULT: Final = "The meter is at fault; a window of 1 keeps most such faults from showing."

WINDOW: Final = Sign(
    "general-block-window-exceeded",
    "More blocks come at once than the client takes",
    "The window in the client's last block says how many it can take before it acknowledges.",
    _AT_FAULT,
)
STREAMING: Final = Sign(
    "general-block-streaming-wrong",
    "The streaming bit does not say what happens",
    "Streaming 1 says that another block follows at once, 0 that the sender waits.",
    _AT_FAULT,
)
NO_WINDOW: Final = Sign(
    "general-block-window-zero",
    "The meter says that it takes no block",
    "A window of 0 keeps the client from acknowledging in blocks, and a transfer from going on.",
    _AT_FAULT,
)
ACKNOWLEDGED: Final = Sign(
    "general-block-acknowledgement-wrong",
    "The meter acknowledges another block than came last",
    "block-number-ack is the number of the last block that came without a gap.",
    _AT_FAULT,
)
NOT_HEEDED: Final = Sign(
    "general-block-acknowledgement-ignored",
    "The meter does not go on behind the block that was acknowledged",
    "What the client has not acknowledged is sent again, what it has is not.",
    _AT_FAULT,
)
CHANGED: Final = Sign(
    "general-block-changed",
    "A block that is sent again has other content",
    "The same number stands for the same octets; what was put together from both is damaged.",
    _AT_FAULT,
)
OUTSIDE: Final = Sign(
    "reply-outside-blocks",
    "A request in general blocks is answered in one APDU",
    "What was begun in general blocks goes on in them, the reply too.",
    "The meter is at fault; take the reply as it comes.",
)
NOT_WHOLE: Final = Sign(
    "incomplete-request-served",
    "A request of which blocks are missing is served",
    "The blocks that came have a gap, or the last is missing, and the meter carries out what it has.",
    _AT_FAULT,
)
PAST_END: Final = Sign(
    "impossible-acknowledgement-served",
    "An acknowledgement of blocks that were never sent is taken",
    "block-number-ack of the client is above the highest block of the meter, and the transfer goes on.",
    _AT_FAULT,
)


@dataclass(slots=True)
class _State:
    """One transfer as the meter plays it."""

    window: int = 1
    acked: int = 0
    sent: dict[int, Step] = field(default_factory=dict)
    since: int = 0
    ours: int = 0
    gap: bool = False
    open: bool = False
    last: Step | None = None
    resumed: bool = False
    past: bool = False
    empty: int = 0
    asking: bool = False


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every fault of the meter's blocks in an exchange."""
    state = _State()
    for step in exchange.steps:
        block = step.carried
        if not isinstance(block, GeneralBlockTransfer):
            if step.direction == "S>C" and state.open and not of_own_accord(step.value):
                yield from _outside(state, step)
            if not of_own_accord(step.value):
                state = _State()
            continue
        if step.direction == "C>S":
            yield from _waited(state)
            state = _client(state, block)
        elif step.direction == "S>C":
            if of_own_accord(step.value) or (not state.open and not state.sent):
                state.window = max(state.window, 1)
            yield from _meter(state, step, block)
    yield from _waited(state)


def _client(state: _State, block: GeneralBlockTransfer) -> _State:
    if block.block_number == 1 and block.block_data and state.ours != 0:
        state = _State()
    if block.block_number == state.ours + 1:
        state.ours = block.block_number
    elif block.block_number > state.ours + 1:
        state.gap = True
    state.window, state.acked, state.since = block.window, block.block_number_ack, 0
    state.open, state.resumed, state.last = True, True, None
    state.asking = bool(block.block_data) and not block.last_block
    state.past = bool(state.sent) and block.block_number_ack > max(state.sent)
    return state


def _meter(state: _State, step: Step, block: GeneralBlockTransfer) -> Iterator[Statement]:
    number = block.block_number
    if not number and not block.block_data:
        state.last = None
        return
    before = state.sent.get(number)
    earlier = None if before is None else before.carried
    same = not isinstance(earlier, GeneralBlockTransfer) or earlier.block_data == block.block_data
    if before is not None and block.block_data and not same:
        text = f"Block {number} of frame {before.frame} comes again with other content."
        yield step.state(CHANGED, "error", READ, "general-block-transfer.block-data", text, weight=8)
    if state.last is not None and isinstance(state.last.carried, GeneralBlockTransfer):
        last = state.last.carried
        if not last.streaming and not last.last_block and last.block_data and block.block_data:
            text = f"Block {last.block_number} says that none follows at once, and block {number} does."
            yield state.last.state(STREAMING, "error", READ, _CONTROL, text, weight=6)
    if state.open and state.resumed and block.block_data and state.sent:
        yield from _goes_on(state, step, block)
    state.since += bool(block.block_data)
    state.empty = 0 if block.block_data or block.last_block or state.asking else state.empty + 1
    if state.empty == _MOST_EMPTY:
        text = f"{_MOST_EMPTY} blocks of the meter in a row carry nothing and are not the last."
        yield step.state(EMPTY_BLOCK, "error", READ, "general-block-transfer.block-data", text, weight=6)
    if state.open and state.since == max(state.window, 1) + 1:
        text = f"{state.since} blocks come in a row, and the client's window is {state.window}."
        yield step.state(WINDOW, "error", READ, _CONTROL, text, weight=6)
    if state.open and not block.window:
        text = f"Block {number} of the meter has the window 0."
        yield step.state(NO_WINDOW, "error", READ, _CONTROL, text, weight=6)
    if state.open and block.block_number_ack != state.ours and not state.gap:
        text = f"block-number-ack is {block.block_number_ack}; the client's last block is {state.ours}."
        yield step.state(ACKNOWLEDGED, "error", READ, _ACK, text, weight=6)
    if block.block_data and (before is None or number not in state.sent):
        state.sent[number] = step
    if state.gap and step.joined is not None and not refuses(step):
        text = "Blocks of the request are missing, and it is served."
        yield step.state(NOT_WHOLE, "error", READ, "", text, weight=6)
    state.last, state.resumed = step, False


def _goes_on(state: _State, step: Step, block: GeneralBlockTransfer) -> Iterator[Statement]:
    highest = max(state.sent)
    if state.past:
        text = f"The client acknowledged {state.acked} of {highest} blocks, and block {block.block_number} follows."
        yield step.state(PAST_END, "error", READ, _NUMBER, text, weight=6)
    elif block.block_number != state.acked + 1 and state.acked:
        text = f"The client acknowledged block {state.acked}, and block {block.block_number} follows."
        yield step.state(NOT_HEEDED, "error", READ, _NUMBER, text, weight=6)
    elif not state.acked and block.block_number > 1:
        text = f"The client acknowledged no block, and block {block.block_number} follows in place of the first."
        yield step.state(NOT_HEEDED, "error", READ, _NUMBER, text, weight=6)


def _waited(state: _State) -> Iterator[Statement]:
    """The last block before the client speaks, or the record ends."""
    step = state.last
    block = None if step is None else step.carried
    if step is None or not isinstance(block, GeneralBlockTransfer):
        return
    if block.streaming and not block.last_block and state.since >= max(state.window, 1) and state.open:
        text = f"Block {block.block_number} fills the window of {state.window} and says that another follows at once."
        yield step.state(STREAMING, "error", READ, _CONTROL, text, weight=6)


def _outside(state: _State, step: Step) -> Iterator[Statement]:
    if state.sent or refuses(step) or step.value is None or not state.ours:
        return
    if state.gap:
        yield step.state(NOT_WHOLE, "error", READ, "", "Blocks of the request are missing, and it is served.", weight=6)
        return
    text = f"The request came in general blocks, its reply is {step.name} by itself."
    yield step.state(OUTSIDE, "warning", READ, "", text)
