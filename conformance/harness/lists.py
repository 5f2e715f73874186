"""What lists are made of: attributes that can be read, those that cannot, and the requests that name several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult, label_of
from conformance.dlms.xdlms.get import GetRequestWithList
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestWithList
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.list_transfer import Listed, Result
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import TransferFailed, get, read

UNKNOWN = AttributeDescriptor(1, b"\xff" * 6, 2)
"""An attribute that no meter has."""
UNKNOWN_NAME = 0xFFF8
"""A short name that is no attribute's."""
_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_LOGICAL_NAME = 1
_SMALL_PDU = 128

Reference = AttributeDescriptor | int
"""By logical name, or by short name."""


@dataclass(frozen=True, slots=True)
class Held:
    """What an element gave when it was read by itself: before the list and after it."""

    before: Result
    after: Result

    def agrees(self, result: Result) -> bool:
        """Whether a list may give this: the same value, or one between the two of a register that counts on."""
        if isinstance(self.before, int) or isinstance(self.after, int):
            return isinstance(result, int) and result != DataAccessResult.SUCCESS
        if result in (self.before, self.after):
            return True
        if not isinstance(result, Data) or not self.before.type is self.after.type is result.type:
            return False
        ends = self.before.value, self.after.value, result.value
        return all(type(end) is int for end in ends) and min(ends[:2]) <= result.value <= max(ends[:2])


def readable(subtest: Trial) -> list[Reference]:
    """Different attributes that the association can read, as the device config tells: at least one."""
    settings = subtest.settings
    targets = settings.targets
    named = [
        item for item in (targets.alive, targets.readable, targets.read_only, targets.writable) if item is not None
    ]
    attributes = [*named, *(replace(item, attribute_id=_LOGICAL_NAME) for item in named)]
    if not settings.short_names:
        return list(dict.fromkeys((_OWN_NAME, *attributes)))
    names = [name for name in map(settings.short_name, attributes) if name is not None]
    return list(dict.fromkeys((SN_VAA_NAME, *names)))


def of_length(references: Sequence[Reference], count: int) -> list[Reference]:
    """So many references, taken in turn."""
    return [references[number % len(references)] for number in range(count)]


def unknown(subtest: Trial) -> Reference:
    """What no meter has."""
    return UNKNOWN_NAME if subtest.settings.short_names else UNKNOWN


def asking(references: Sequence[Reference]) -> Stimulus:
    """GET with list, or Read, of all of them."""
    if all(isinstance(item, AttributeDescriptor) for item in references):
        selected = tuple((item, None) for item in references if isinstance(item, AttributeDescriptor))
        octets = GetRequestWithList(INVOKE_ID_AND_PRIORITY, selected).encode()
        return apdu(octets, f"GET with list of {len(references)}")
    names = tuple(VariableName(item) for item in references if isinstance(item, int))
    return apdu(ReadRequest(names).encode(), f"Read of {len(references)}")


def writing(references: Sequence[Reference], values: Sequence[Data]) -> Stimulus:
    """SET with list, or Write, of all of them; the numbers may differ, which a server has to refuse."""
    if all(isinstance(item, AttributeDescriptor) for item in references):
        selected = tuple((item, None) for item in references if isinstance(item, AttributeDescriptor))
        octets = SetRequestWithList(INVOKE_ID_AND_PRIORITY, selected, tuple(values)).encode()
        return apdu(octets, f"SET with list of {len(references)}")
    names = tuple(VariableName(item) for item in references if isinstance(item, int))
    return apdu(WriteRequest(names, tuple(values)).encode(), f"Write of {len(references)}")


def opened_small(subtest: Trial, *without: ConformanceBit, octets: int = _SMALL_PDU) -> Association:
    """The item's association, established: the client takes few octets, and proposes none of some bits."""
    association = subtest.association
    octets = max(octets, subtest.settings.smallest_pdu_size)
    conformance = subtest.settings.conformance - frozenset(without)
    association.establish(aarq(client_max_receive_pdu_size=octets, proposed_conformance=conformance))
    return association


def opened_without(subtest: Trial, *without: ConformanceBit) -> Association:
    """The item's association, established; the client does not propose some of the declared bits."""
    association = subtest.association
    association.establish(aarq(proposed_conformance=subtest.settings.conformance - frozenset(without)))
    return association


def singly(subtest: Trial, association: Association, references: Sequence[Reference]) -> dict[Reference, Result]:
    """What each gives when it is read by itself.

    Raises:
        Inconclusive: a read that comes to no end.
    """
    found: dict[Reference, Result] = {}
    for item in dict.fromkeys(references):
        try:
            found[item] = read(association, item) if isinstance(item, int) else get(association, item)
        except TransferFailed as failed:
            subtest.inconclusive(f"{shown(item)} cannot be read by itself: {failed}")
    return found


def judge_results(subtest: Trial, references: Sequence[Reference], listed: Listed, held: dict[Reference, Held]) -> None:
    """Judge that a list has one result for each reference, in their order, each as a single read gives it.

    Raises:
        Failed: it has not.
    """
    results = judge_count(subtest, len(references), listed)
    for number, (item, result) in enumerate(zip(references, results, strict=True), 1):
        alone = held[item]
        wanted = describe(alone.before) if isinstance(alone.before, Data) else "an error"
        subtest.check(
            alone.agrees(result),
            expected=f"result {number}, {shown(item)}: {wanted}, as when it is read by itself",
            observed=f"result {number}, {shown(item)}: {_result(result)}",
            reaction=listed.reaction,
        )


def judge_count(subtest: Trial, count: int, listed: Listed) -> tuple[Result, ...]:
    """Judge that there is one result for each element, and that no APDU was longer than the client takes.

    Raises:
        Failed: there is not.
    """
    results = listed.results
    subtest.check(
        results is not None and len(results) == count and not listed.fault,
        expected=f"a list of {count} results",
        observed=listed.fault or (f"{len(results)} results" if results is not None else seen(listed.reaction)),
        reaction=listed.reaction,
    )
    subtest.check(
        not listed.excess,
        expected="no APDU longer than the client-max-receive-pdu-size",
        observed=f"an APDU of {listed.excess} octets more" if listed.excess else "all APDUs within it",
        reaction=listed.reaction,
    )
    return results or ()


def shown(reference: Reference) -> str:
    """A reference in words."""
    return f"short name {reference:04X}" if isinstance(reference, int) else str(reference)


def _result(result: Result) -> str:
    return describe(result) if isinstance(result, Data) else label_of(DataAccessResult, result)
