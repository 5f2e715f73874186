"""What ACCESS is asked for in an association, and the requests made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.device.model import Protection
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.access import AccessAction, AccessGet, AccessRequest, AccessSet, AccessSpecification
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.invoke_id import BREAK_ON_ERROR, LONG_SERVICE_CLASS
from conformance.harness.applicability import logical_names, negotiates, protections
from conformance.harness.list_writes import Values
from conformance.harness.lists import UNKNOWN, Held, readable
from conformance.harness.trial import Trial
from conformance.tester.accepted_access import Wanted, answers, response_of
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request as request_in_blocks
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.reaction import Reaction
from conformance.tester.stimulus import Stimulus, apdu

OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
CONFIRMED = 0x8000_0001 | LONG_SERVICE_CLASS
"""Invoke-id 1, confirmed, high priority, continue on error."""
_NO_DATA = null()
BREAKING = CONFIRMED | BREAK_ON_ERROR
ACCESS = logical_names & negotiates(ConformanceBit.ACCESS)
"""Associations in which ACCESS is declared."""
PROTECTED = protections(*(form for form in Protection if form not in (Protection.GLO, Protection.DED)))
"""Of a subtest: ACCESS has no service-specific ciphering, only general protection goes around it (IEC 62056-5-3)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One element of a request.

    Attributes:
        specification: what is asked for.
        data: what goes with it: null-data for a get.
        good: whether it must succeed; None where that is open.
    """

    specification: AccessSpecification
    data: Data = _NO_DATA
    good: bool | None = True


def get(attribute: AttributeDescriptor) -> Asked:
    """A get that must succeed."""
    return Asked(AccessGet(attribute))


def unknown_get() -> Asked:
    """A get of what no meter has."""
    return Asked(AccessGet(UNKNOWN), good=False)


def unknown_set(value: Data) -> Asked:
    """A set of what no meter has."""
    return Asked(AccessSet(UNKNOWN), value, good=False)


def set_to(values: Values, value: Data) -> Asked:
    """A set of the declared writable target."""
    assert isinstance(values.target, AttributeDescriptor)  # noqa: S101 - ACCESS is for logical names
    return Asked(AccessSet(values.target), value)


def action(subtest: Trial, *, known: bool = True) -> Asked:
    """The declared method, or the same one of an object that no meter has."""
    targets = subtest.settings.targets
    assert targets.method is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    method = targets.method if known else replace(targets.method, instance_id=b"\xff" * 6)
    return Asked(AccessAction(method), targets.method_parameters or null(), good=known)


def request_of(elements: Sequence[Asked], invoke: int = CONFIRMED, date_time: bytes = b"") -> AccessRequest:
    """The access-request for these elements."""
    specifications = tuple(item.specification for item in elements)
    return AccessRequest(invoke, date_time, specifications, tuple(item.data for item in elements))


def stimulus_of(request: AccessRequest) -> Stimulus:
    """The request as a stimulus."""
    return apdu(request.encode(), f"ACCESS of {len(request.specifications)}")


def judge_access(
    subtest: Trial,
    association: Association,
    elements: Sequence[Asked],
    *,
    invoke: int = CONFIRMED,
    date_time: bytes = b"",
    options: BlockOptions | None = None,
) -> tuple[Data, ...]:
    """Ask, judge the response element by element, and give its data.

    Raises:
        Failed: no response, or not the one that is asked for.
    """
    request = request_of(elements, invoke, date_time)
    transferred = request_in_blocks(association, stimulus_of(request), options)
    fault = transferred.faults[-1] if transferred.faults else None
    subtest.check(
        fault is None,
        expected="blocks without a fault, where there are any",
        observed=str(fault or "none that is wrong"),
        reaction=transferred.reaction,
    )
    wanted: Wanted = [item.good for item in elements]
    subtest.judge(transferred.reaction, answers(request, wanted), association=association)
    judge_length(subtest, association, transferred.reaction)
    response = response_of(transferred.reaction)
    return response.data if response is not None else ()


def attributes_of(subtest: Trial) -> list[AttributeDescriptor]:
    """Different attributes that the association can read."""
    return [item for item in readable(subtest) if isinstance(item, AttributeDescriptor)]


def judge_datum(subtest: Trial, number: int, data: Data, wanted: Held | Data) -> None:
    """Judge one datum of a response by what a single GET gives.

    Raises:
        Failed: it is another.
    """
    held = wanted if isinstance(wanted, Held) else Held(wanted, wanted)
    shown = describe(held.before) if isinstance(held.before, Data) else "an error"
    subtest.check(
        held.agrees(data),
        expected=f"datum {number}: {shown}",
        observed=f"datum {number}: {describe(data)}",
        path="access-response.access-response-list-of-data",
    )


def judge_length(subtest: Trial, association: Association, reaction: Reaction) -> None:
    """Judge that a reply is not longer than the client takes.

    Raises:
        Failed: it is.
    """
    excess = association.excess_of(reaction)
    subtest.check(
        not excess,
        expected="a reply within the client-max-receive-pdu-size",
        observed=f"{excess} octets beyond it" if excess else "a reply within it",
        reaction=reaction,
    )
