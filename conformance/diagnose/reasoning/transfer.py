"""What transfer in blocks shows: numbers, gaps, mixed mechanisms, transfers that were not brought to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance.diagnose.reasoning import signs_services as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.mixed_blocks import Said, explain_blocks
from conformance.diagnose.reasoning.services import shown
from conformance.diagnose.reasoning.statement import Evidence, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseWithDatablock,
)

READ = Evidence.READ
_MOST_MIXED: Final = 5_000
_CONTAINERS: Final = {1: "array", 2: "structure"}
_MOST_EMPTY: Final = 3


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the transfers of an exchange."""
    yield from _mixed(exchange)
    for direction in ("C>S", "S>C"):
        yield from _general(exchange, direction)
    yield from _LongGet(exchange).explain()


def _mixed(exchange: Exchange) -> Iterator[Statement]:
    steps = [step for step in exchange.steps[:_MOST_MIXED] if step.direction is not None]
    said = [
        Said(step.direction, step.octets if isinstance(step.carried, GeneralBlockTransfer) else step.plain)
        for step in steps
        if step.direction is not None
    ]
    for finding in explain_blocks(said):
        step = steps[finding.index]
        meaning = finding.meaning
        path, words, advice = finding.field, meaning.message, meaning.suggestion
        yield step.state(meaning.sign, "error", READ, path, words, advice, weight=10)


@dataclass(slots=True)
class _General:
    """General blocks of one direction under way."""

    first: Step
    numbers: list[int]
    octets: int = 0


def _general(exchange: Exchange, direction: str) -> Iterator[Statement]:
    begun: _General | None = None
    for step in exchange.steps:
        if step.direction != direction:
            continue
        block = step.carried
        if not isinstance(block, GeneralBlockTransfer):
            if begun is not None and direction == "S>C":
                yield _ended(begun)
                begun = None
            continue
        if not block.block_data:
            continue
        if begun is None or (block.block_number == 1 and begun.numbers[-1] != 1):
            begun = _General(step, [])
            if block.block_number != 1 and exchange.request is not None:
                text = f"The first general block has number {block.block_number}; a transfer begins with 1."
                yield step.state(signs.BLOCK_NUMBER, "warning", READ, "general-block-transfer.block-number", text)
        elif block.block_number in begun.numbers:
            continue
        elif block.block_number != begun.numbers[-1] + 1:
            follows = f"General block {block.block_number} follows block {begun.numbers[-1]}"
            text = f"{follows}: a block is missing or misnumbered."
            yield step.state(signs.BLOCK_NUMBER, "warning", READ, "general-block-transfer.block-number", text)
        begun.numbers.append(block.block_number)
        begun.octets += len(block.block_data)
        if block.last_block:
            numbers = begun.numbers
            if numbers == list(range(1, len(numbers) + 1)):
                text = (
                    f"General blocks 1 to {numbers[-1]} without a gap, last-block on {numbers[-1]}, "
                    f"{begun.octets} octets in all."
                )
                yield step.state(signs.BLOCKS, "info", READ, "general-block-transfer.block-control", text)
            begun = None
    if begun is not None:
        yield _ended(begun)


def _ended(begun: _General) -> Statement:
    text = f"General blocks up to {begun.numbers[-1]} came, and none of them is the last."
    return begun.first.state(signs.INCOMPLETE, "warning", READ, "general-block-transfer.block-control", text)


class _LongGet:
    """Follows get-response-with-datablock and get-request-next."""

    __slots__ = ("_empty", "_exchange", "_last", "_octets", "_whole")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._last: tuple[Step, GetResponseWithDatablock] | None = None
        self._octets = bytearray()
        self._empty = 0
        self._whole = False

    def explain(self) -> Iterator[Statement]:
        for step in self._exchange.steps:
            value = step.value
            if step.direction == "C>S" and value is not None:
                yield from self._asked(step, value)
            elif isinstance(value, GetResponseWithDatablock) and isinstance(value.result, bytes):
                yield from self._block(step, value)
        yield from self._left()

    def _asked(self, step: Step, value: Any) -> Iterator[Statement]:
        if isinstance(value, GetRequestNext):
            due = None if self._last is None else self._last[1].block_number
            if due is not None and value.block_number != due:
                text = f"get-request-next carries block-number {value.block_number}; block {due} came and is due."
                yield step.state(signs.BLOCK_NUMBER, "error", READ, "get-request.block-number", text, weight=10)
            return
        yield from self._left()
        self._last, self._empty = None, 0
        self._octets.clear()
        self._whole = isinstance(value, GetRequestNormal | GetRequestWithList)

    def _block(self, step: Step, value: GetResponseWithDatablock) -> Iterator[Statement]:
        if not isinstance(value.result, bytes):
            return
        if self._last is not None and self._last[1] == value:
            return
        due = 1 if self._last is None else self._last[1].block_number + 1
        if value.block_number != due and (self._whole or self._last is not None):
            text = f"get-response-with-datablock has block-number {value.block_number}; {due} is due."
            yield step.state(signs.BLOCK_NUMBER, "error", READ, "block-number", text, weight=10)
        self._empty = self._empty + 1 if not value.result and not value.last_block else 0
        if self._empty == _MOST_EMPTY:
            text = f"{_MOST_EMPTY} blocks in a row carry nothing and are not the last."
            yield step.state(signs.EMPTY_BLOCK, "error", READ, "raw-data", text)
        self._octets += value.result
        self._last = step, value
        if value.last_block:
            yield from self._complete(step, value)
            self._last = None

    def _complete(self, step: Step, value: GetResponseWithDatablock) -> Iterator[Statement]:
        text = f"Blocks 1 to {value.block_number} are complete, {len(self._octets)} octets in all"
        try:
            data: Data = decode(bytes(self._octets), lambda reader: codec.read(reader, "data"), "data", deviations=[])
            text += f": {shown(data)}"
        except DecodeError:
            pass
        yield step.state(signs.BLOCKS, "info", READ, "last-block", text + ".")

    def _left(self) -> Iterator[Statement]:
        """A transfer that stops behind a block that is not the last."""
        if self._last is None:
            return
        step, value = self._last
        if not isinstance(value.result, bytes):
            return
        right = "right for a new get-request" if value.block_number == 1 and self._whole else "the latest"
        text = (
            f"get-response-with-datablock: block-number {value.block_number} ({right}), last-block "
            f"{str(value.last_block).lower()}, raw length {len(value.result)}"
        )
        if value.block_number == 1 and len(value.result) > 1 and value.result[0] in _CONTAINERS:
            elements = value.result[1]
            text += f"; the value begins as {_CONTAINERS[value.result[0]]} of {elements} element{'s' * (elements != 1)}"
        due = GetRequestNext(value.invoke_id_and_priority, value.block_number).encode().hex(" ").upper()
        text += (
            f". It is not the last: the client must go on with get-request-next, block {value.block_number} ({due})."
        )
        yield step.state(signs.INCOMPLETE, "warning", READ, "block-number", text)
