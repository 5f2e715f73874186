"""Writing several attributes at once, and leaving them as they were found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult, label_of
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.lists import Reference, judge_count, opened_without, shown, singly, unknown, writing
from conformance.harness.trial import Trial
from conformance.harness.written_values import another_value, judge_holds, left_as_found, target_value
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation
from conformance.tester.list_transfer import Listed, Result
from conformance.tester.stimulus import Stimulus


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list that is written.

    Attributes:
        reference: what is written.
        value: what to.
        good: whether it must succeed; otherwise it must fail.
    """

    reference: Reference
    value: Data
    good: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    """The target that is written, by whichever name, the value that it holds, and another of its type."""

    target: Reference
    before: Data
    other: Data


Choose = Callable[[Trial, Association, Values], Sequence[Element]]
"""The elements of a list; the last good one says what the target holds afterwards."""
Send = Callable[[Association, Sequence[Element]], Listed]


def just_one(_subtest: Trial, _association: Association, values: Values) -> Sequence[Element]:
    """The target alone."""
    return [Element(values.target, values.other)]


def twice(_subtest: Trial, _association: Association, values: Values) -> Sequence[Element]:
    """The target twice: the second value stays."""
    return [Element(values.target, values.before), Element(values.target, values.other)]


def mixed(subtest: Trial, association: Association, values: Values) -> Sequence[Element]:
    """The target between what no meter has and what may only be read."""
    nothing = Element(unknown(subtest), values.other, good=False)
    return [nothing, Element(values.target, values.before), *_read_only(subtest, association), _other(values), nothing]


def _other(values: Values) -> Element:
    return Element(values.target, values.other)


def _read_only(subtest: Trial, association: Association) -> Sequence[Element]:
    """What may only be read, to the value that it has."""
    attribute = subtest.settings.targets.read_only
    reference = None if attribute is None else reference_of(subtest, attribute)
    if reference is None:
        return ()
    value = singly(subtest, association, [reference])[reference]
    return [Element(reference, value, good=False)] if isinstance(value, Data) else ()


def judge_written_list(subtest: Trial, association: Association, choose: Choose, send: Send) -> None:
    """Write a list in an association that is established; judge each result, and what the target holds afterwards.

    Raises:
        Failed: a result is missing or wrong, or the target holds another value.
        Inconclusive: the target cannot be read, or its type leaves nothing to change.
    """
    attribute, values = target_values(subtest, association)
    elements = choose(subtest, association, values)
    with left_as_found(subtest, attribute, values.before):
        with subtest.step(f"the list of {len(elements)}"):
            listed = send(association, elements)
            judge_outcomes(subtest, [(shown(item.reference), item.good) for item in elements], listed)
        judge_holds(subtest, association, attribute, [item.value for item in elements if item.good][-1])


def judge_outcomes(subtest: Trial, wanted: Sequence[tuple[str, bool]], listed: Listed) -> None:
    """Judge that a list has one result for each element, success where it must be and nowhere else.

    Raises:
        Failed: it has not.
    """
    results = judge_count(subtest, len(wanted), listed)
    for number, ((name, good), result) in enumerate(zip(wanted, results, strict=True), 1):
        subtest.check(
            succeeded(result) is good,
            expected=f"result {number}, {name}: {'success' if good else 'an error'}",
            observed=f"result {number}, {name}: {_told(result)}",
            reaction=listed.reaction,
        )


def judge_list_not_written(
    subtest: Trial, make: Callable[[Values], Stimulus], expectation: Expectation, *without: ConformanceBit
) -> None:
    """Send a write that was not negotiated; judge that it is refused, that nothing is written, and who is alive.

    Raises:
        Failed: it is served, or something is written.
    """
    association = opened_without(subtest, *without)
    attribute, values = target_values(subtest, association)
    with left_as_found(subtest, attribute, values.before):
        subtest.judge(association.request(make(values)), expectation)
        judge_holds(subtest, association, attribute, values.before)
        subtest.alive()


def target_values(subtest: Trial, association: Association) -> tuple[AttributeDescriptor, Values]:
    """The declared writable target, with what it holds and what it may be changed to.

    Raises:
        Inconclusive: it cannot be read, or its type leaves nothing to change.
    """
    attribute = subtest.settings.targets.writable
    reference = None if attribute is None else reference_of(subtest, attribute)
    if attribute is None or reference is None:
        subtest.inconclusive("targets.writable has no name in this association")
    before = target_value(subtest, association, attribute)
    return attribute, Values(reference, before, another_value(subtest, attribute, before))


def reference_of(subtest: Trial, attribute: AttributeDescriptor) -> Reference | None:
    """An attribute as the association names it."""
    settings = subtest.settings
    return settings.short_name(attribute) if settings.short_names else attribute


def values_of(valid: Stimulus, before: Data) -> Values:
    """What a valid request to write one attribute or variable is about."""
    match apdus.decode(valid.octets):
        case SetRequestNormal(attribute=attribute, value=value):
            return Values(attribute, before, value)
        case WriteRequest(items=(VariableName(name=name),), values=(value,)):
            return Values(name, before, value)
    raise LookupError(f"{valid}: no request to write one thing")


def list_of(elements: Sequence[Element]) -> Stimulus:
    """SET with list, or Write, of these elements."""
    return writing([item.reference for item in elements], [item.value for item in elements])


def succeeded(result: Result) -> bool:
    """Whether one result of a list is a success: without data, or with return parameters."""
    return isinstance(result, Data) or result == DataAccessResult.SUCCESS


def _told(result: Result) -> str:
    return "data" if isinstance(result, Data) else label_of(DataAccessResult, result)
