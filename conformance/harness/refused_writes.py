"""Judging a write that must be refused: the answer, the value read back, and the association that outlives both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.device.model import AssociationSettings
from conformance.dlms.data import codec
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.enumerations import DataAccessResult, label_of
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.judging import Failed
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_services import access_result_of
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.other_value import other_value
from conformance.tester.reaction import Reaction
from conformance.tester.stimulus import Stimulus, apdu
from conformance.tester.transfer import TransferFailed, get, read

Spoil = Callable[[Stimulus, Data], tuple[Stimulus, ...]]
"""From the valid request to write another value, and the value that is there, to what is sent in its place."""


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """A write that a meter must refuse.

    Attributes:
        spoil: what is done to the valid SET or Write request.
        target: which of the association's targets it is aimed at.
    """

    spoil: Spoil
    target: str = "writable"


def write_request(settings: AssociationSettings, attribute: AttributeDescriptor, value: Data) -> Stimulus:
    """The valid request to write `value`: SET with logical names, Write with short names.

    Raises:
        LookupError: with short names, where the device config has no base name for the object.
    """
    if not settings.short_names:
        request = SetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, None, value)
        return apdu(request.encode(), f"SET of {attribute}")
    name = _short_name(settings, attribute)
    return apdu(WriteRequest((VariableName(name),), (value,)).encode(), f"Write of {name:04X}, {attribute}")


def judge_refused_write(subtest: Trial, write: RefusedWrite) -> None:
    """Send each spoilt request, judge its answer, and judge that the target still holds what it held.

    What a faulty meter has written all the same is put back.

    Raises:
        Failed: an answer is not accepted, the value has changed, or the association is dead.
        Inconclusive: the target cannot be read, or holds a value that leaves nothing to change.
    """
    association = subtest.association
    association.establish()
    attribute: AttributeDescriptor = getattr(subtest.settings.targets, write.target)
    before = _value(association, attribute)
    if not isinstance(before, Data):
        subtest.inconclusive(f"targets.{write.target}, {attribute}: {label_of(DataAccessResult, before)} when read")
    other = other_value(before)
    if other is None:
        subtest.inconclusive(f"targets.{write.target}, {attribute}: {describe(before)} leaves nothing to change")
    valid = write_request(subtest.settings, attribute, other)
    try:
        for stimulus in write.spoil(valid, before):
            with subtest.step(str(stimulus)):
                subtest.judge(association.request(stimulus))
        _judge_unchanged(subtest, write, attribute, before, other)
        subtest.alive()
    except Failed:
        _put_back(subtest, attribute, before, other)
        raise


def _judge_unchanged(
    subtest: Trial, write: RefusedWrite, attribute: AttributeDescriptor, before: Data, other: Data
) -> None:
    """A writable target stands still; one that is read only may be a register that counts on."""
    try:
        after = _value(subtest.association, attribute)
    except TransferFailed as failed:
        subtest.check(
            False, expected="the value is readable afterwards", observed=str(failed), reaction=failed.reaction
        )
        return
    unchanged = after == before if write.target == "writable" else after != other
    shown = describe(after) if isinstance(after, Data) else label_of(DataAccessResult, after)
    subtest.check(
        unchanged and isinstance(after, Data),
        expected=f"the value stays {describe(before)}",
        observed=f"afterwards the value is {shown}",
    )


def _put_back(subtest: Trial, attribute: AttributeDescriptor, before: Data, other: Data) -> None:
    """Write `before` again where anything else is found; what comes of it changes no verdict."""
    try:
        subtest.association.close()
        fresh = subtest.another()
        fresh.establish()
        found = _value(fresh, attribute)
        if found == before or (found != other and _counts(attribute, subtest)):
            return
        answer: Reaction = fresh.request(write_request(subtest.settings, attribute, before))
    except (PreambleFailed, TransferFailed, LinkError) as failed:
        note = str(failed)
    else:
        if access_result_of(answer) == DataAccessResult.SUCCESS:
            return
        note = str(answer)
    subtest.bench.notes.append(f"{subtest.settings.name}: {attribute} may not hold {describe(before)} any more: {note}")


def _counts(attribute: AttributeDescriptor, subtest: Trial) -> bool:
    return attribute != subtest.settings.targets.writable


def _value(association: Association, attribute: AttributeDescriptor) -> Data | int:
    settings = association.settings
    if settings.short_names:
        return read(association, _short_name(settings, attribute))
    return get(association, attribute)


def _short_name(settings: AssociationSettings, attribute: AttributeDescriptor) -> int:
    name = settings.short_name(attribute)
    if name is None:
        raise LookupError(f"association {settings.name}: no base name is declared for {attribute}")
    return name


def value_octets(stimulus: Stimulus, value: Data) -> range:
    """How many octets of a write request remain when it is cut within its value: from one of its octets to all but one.

    Args:
        stimulus: a valid request to write a value that is as long as `value`.
        value: the value that is there.
    """
    size = len(stimulus.octets)
    return range(size - len(codec.encode(value)) + 1, size)
