"""The values that an exchange reads and writes, each with its target, whatever service carried it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import of_own_accord
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader, decode
from conformance.dlms.xdlms import data_result
from conformance.dlms.xdlms.access import AccessGet, AccessRequest, AccessResponse, AccessSet
from conformance.dlms.xdlms.action import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithList,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.action import read_response as read_action_response
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from conformance.dlms.xdlms.read import DataAccessError, ReadRequest, ReadResponse
from conformance.dlms.xdlms.sequence import read_count
from conformance.dlms.xdlms.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest, WriteResponse, WriteSuccess

Target = AttributeDescriptor | MethodDescriptor | VariableName | None
"""What a service is aimed at; None for what is not followed, such as parameterized access."""
_MOST: Final = 5_000


class Way(Enum):
    """How a value came; the value is the word of messages."""

    ALONE = "by itself"
    BLOCKS = "in blocks"
    LIST = "in a list"
    ACCESS = "by ACCESS"


class Deed(Enum):
    """What was done with a target."""

    READ = "read"
    WRITE = "write"
    INVOKE = "invoke"


@dataclass(frozen=True, slots=True)
class Accessed:
    """One target that was accessed.

    Attributes:
        deed: read, write or invoke.
        target: attribute, method or name.
        way: how.
        step: that carries the result.
        data: that was read, is to be written, or is the parameter; None where there is none.
        result: 0 for success, otherwise why not.
        selection: of a read.
        group: number of the request; items of one list have the same.
    """

    deed: Deed
    target: Target
    way: Way
    step: Step
    data: Data | None
    result: int = 0
    selection: SelectiveAccess | None = None
    group: int = 0

    @property
    def encoded(self) -> bytes:
        """The data as coded; empty where there is none."""
        return b"" if self.data is None else codec.encode(self.data)


@dataclass(slots=True)
class Unreadable:
    """Joined blocks that are no value: the last block, why, and the octets."""

    step: Step
    reason: str
    octets: bytes = field(repr=False)


@dataclass(slots=True)
class _Asked:
    deed: Deed
    items: tuple[tuple[Target, SelectiveAccess | None, Data | None], ...]
    listed: bool
    number: int
    octets: bytearray = field(default_factory=bytearray)
    blocks: bool = False


class Ledger:
    """Goes through an exchange and notes what was accessed.

    Attributes:
        entries: in order.
        unreadable: joined blocks that are no value.
        counts: lists in blocks with another number of results than items: the last block, items, results.
        partial: what was joined of a transfer that did not end: its target, the last block, the octets.
    """

    __slots__ = ("_asked", "_last", "_number", "counts", "entries", "partial", "unreadable")

    def __init__(self, exchange: Exchange) -> None:
        self.entries: list[Accessed] = []
        self.unreadable: list[Unreadable] = []
        self.counts: list[tuple[Step, int, int]] = []
        self.partial: list[tuple[Target, Step, bytes]] = []
        self._asked: _Asked | None = None
        self._number = 0
        self._last: Step | None = None
        for step in exchange.steps[:_MOST]:
            value = step.value
            if value is None or of_own_accord(value):
                continue
            if step.direction == "C>S":
                self._request(step, value)
            elif self._asked is not None:
                self._response(step, value, self._asked)
        self._left()

    def _left(self) -> None:
        asked = self._asked
        begun = asked is not None and asked.blocks and asked.deed is Deed.READ and not asked.listed
        if asked is not None and begun and asked.items[0][1] is None and self._last is not None:
            self.partial.append((asked.items[0][0], self._last, bytes(asked.octets)))
        self._asked = None

    def _request(self, step: Step, value: Any) -> None:
        asked = self._asked
        match value:
            case GetRequestNext() | ActionRequestNextPblock():
                return
            case SetRequestWithDatablock(datablock=block) if asked is not None:
                asked.octets += block.raw
                if block.last_block:
                    self._written(asked)
                return
        self._left()
        self._number += 1
        self._asked = _asked(value, self._number)
        match value:
            case SetRequestWithFirstDatablock(datablock=block) | SetRequestWithListAndFirstDatablock(datablock=block):
                if self._asked is not None:
                    self._asked.octets += block.raw
                    self._asked.blocks = True
                    if block.last_block:
                        self._written(self._asked)

    def _written(self, asked: _Asked) -> None:
        """Take the values that came in blocks."""
        octets = bytes(asked.octets)
        try:
            if asked.listed:
                values = decode(octets, _read_values, "values", deviations=[])
            else:
                values = (codec.decode(octets, deviations=[]),)
        except DecodeError:
            self._asked = None
            return
        items = tuple((item[0], item[1], data) for item, data in zip(asked.items, values, strict=False))
        asked.items = items

    def _response(self, step: Step, value: Any, asked: _Asked) -> None:
        match value:
            case GetResponseWithDatablock(result=bytes() as octets):
                asked.octets += octets
                asked.blocks = True
                self._last = step
                if value.last_block:
                    self._joined(step, asked)
                    self._asked = None
            case GetResponseNormal(result=result):
                self._results(step, asked, (result,), Way.ALONE)
            case GetResponseWithList(results=results):
                self._results(step, asked, results, Way.LIST)
            case (
                SetResponseNormal()
                | SetResponseLastDatablock()
                | SetResponseWithList()
                | SetResponseLastDatablockWithList()
            ):
                self._set(step, value, asked)
            case ActionResponseWithPblock(pblock=block):
                self._outcomes(step, asked, block)
            case ActionResponseWithList(responses=outcomes):
                self._results(step, asked, [outcome.result for outcome in outcomes], Way.LIST)
            case ActionResponseNormal(result=number):
                self._results(step, asked, (number,), Way.ALONE)
            case ReadResponse() | WriteResponse():
                self._by_name(step, value, asked)
            case AccessResponse(results=outcomes, data=data):
                if len(data) == len(outcomes) == len(asked.items):
                    self._access(step, asked, value)

    def _set(self, step: Step, value: Any, asked: _Asked) -> None:
        match value:
            case SetResponseNormal(result=number) | SetResponseLastDatablock(result=number):
                self._results(step, asked, (number,), Way.BLOCKS if asked.blocks else Way.ALONE)
            case SetResponseWithList(results=numbers) | SetResponseLastDatablockWithList(results=numbers):
                self._results(step, asked, numbers, Way.LIST)

    def _by_name(self, step: Step, value: Any, asked: _Asked) -> None:
        match value:
            case ReadResponse(results=results):
                way = Way.LIST if asked.listed else Way.ALONE
                plain = [item.result if isinstance(item, DataAccessError) else item for item in results]
                if all(isinstance(item, Data | int) for item in plain):
                    self._results(step, asked, plain, way)
            case WriteResponse(results=results):
                way = Way.LIST if asked.listed else Way.ALONE
                if all(isinstance(item, WriteSuccess | DataAccessError) for item in results):
                    told = [item.result if isinstance(item, DataAccessError) else 0 for item in results]
                    self._results(step, asked, told, way)

    def _outcomes(self, step: Step, asked: _Asked, block: DataBlock) -> None:
        """A block of the outcomes of a list of methods."""
        asked.octets += block.raw
        if not block.last_block:
            return
        if asked.listed:
            try:
                whole = read_action(bytes((0xC7, 3, 0)) + bytes(asked.octets))
            except DecodeError as error:
                self.unreadable.append(Unreadable(step, str(error), bytes(asked.octets)))
            else:
                if isinstance(whole, ActionResponseWithList) and len(whole.responses) != len(asked.items):
                    self.counts.append((step, len(asked.items), len(whole.responses)))
        self._asked = None

    def _joined(self, step: Step, asked: _Asked) -> None:
        octets = bytes(asked.octets)
        try:
            if asked.listed:
                results = decode(octets, _read_results, "get-response", deviations=[])
                if len(results) != len(asked.items):
                    self.counts.append((step, len(asked.items), len(results)))
                self._results(step, asked, results, Way.LIST)
            elif asked.items and asked.deed is Deed.READ:
                self._results(step, asked, (codec.decode(octets, deviations=[]),), Way.BLOCKS)
        except DecodeError as error:
            self.unreadable.append(Unreadable(step, str(error), octets))

    def _results(self, step: Step, asked: _Asked, results: Sequence[Any], way: Way) -> None:
        for (target, selection, data), result in zip(asked.items, results, strict=False):
            number = result if isinstance(result, int) else 0
            value = result if isinstance(result, Data) else None
            if asked.deed is not Deed.READ:
                value = data
            self.entries.append(Accessed(asked.deed, target, way, step, value, number, selection, asked.number))
        self._asked = None

    def _access(self, step: Step, asked: _Asked, value: AccessResponse) -> None:
        for (target, selection, data), outcome, given in zip(asked.items, value.results, value.data, strict=False):
            deed = Deed.READ if data is None else Deed.WRITE
            deed = Deed.INVOKE if isinstance(target, MethodDescriptor) else deed
            entry = given if deed is Deed.READ and not outcome.result else data
            self.entries.append(
                Accessed(deed, target, Way.ACCESS, step, entry, outcome.result, selection, asked.number)
            )
        self._asked = None


def _asked(value: Any, number: int) -> _Asked | None:
    """What a request asks for; None for what is not followed."""
    match value:
        case GetRequestNormal(attribute=attribute, access=access):
            return _Asked(Deed.READ, ((attribute, access, None),), False, number)
        case GetRequestWithList(attributes=attributes):
            items = tuple((item[0], item[1], None) for item in attributes)
            return _Asked(Deed.READ, items, True, number)
        case SetRequestNormal(attribute=attribute, access=access, value=data):
            return _Asked(Deed.WRITE, ((attribute, access, data),), False, number)
        case SetRequestWithFirstDatablock(attribute=attribute, access=access):
            return _Asked(Deed.WRITE, ((attribute, access, None),), False, number)
        case SetRequestWithList(attributes=attributes, values=values):
            written = tuple((item[0], item[1], data) for item, data in zip(attributes, values, strict=False))
            return _Asked(Deed.WRITE, written, True, number)
        case SetRequestWithListAndFirstDatablock(attributes=attributes):
            return _Asked(Deed.WRITE, tuple((item[0], item[1], None) for item in attributes), True, number)
        case ActionRequestWithList(methods=methods, parameters=parameters):
            invoked = tuple((method, None, data) for method, data in zip(methods, parameters, strict=False))
            return _Asked(Deed.INVOKE, invoked, True, number)
        case ActionRequestNormal(method=method, parameters=parameters):
            return _Asked(Deed.INVOKE, ((method, None, parameters),), False, number)
        case ReadRequest(items=items):
            names = tuple((item if isinstance(item, VariableName) else None, None, None) for item in items)
            return _Asked(Deed.READ, names, len(items) > 1, number)
        case WriteRequest(items=items, values=values):
            pairs = zip(items, values, strict=False)
            named = tuple((item if isinstance(item, VariableName) else None, None, data) for item, data in pairs)
            return _Asked(Deed.WRITE, named, len(items) > 1, number)
        case AccessRequest(specifications=specifications, data=data):
            return _access_asked(specifications, data, number)
    return None


def _access_asked(specifications: Sequence[Any], given: Sequence[Data], number: int) -> _Asked:
    items: list[tuple[Target, SelectiveAccess | None, Data | None]] = []
    for item, data in zip(specifications, given, strict=False):
        match item:
            case AccessGet():
                items.append((item.attribute, item.access, None))
            case AccessSet():
                items.append((item.attribute, item.access, data))
            case _:
                items.append((item.method, None, data))
    return _Asked(Deed.READ, tuple(items), True, number)


def read_action(octets: bytes) -> Any:
    """An action-response put together from its blocks."""
    return decode(octets, read_action_response, "action-response", deviations=[])


def _read_results(reader: Reader) -> tuple[data_result.DataResult, ...]:
    return tuple([data_result.read_element(reader) for _ in range(read_count(reader))])


def _read_values(reader: Reader) -> tuple[Data, ...]:
    return tuple([codec.read(reader) for _ in range(read_count(reader))])
