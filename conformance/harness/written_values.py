"""Writing a target and leaving it as it was found: what the cases that write for good share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.enumerations import DataAccessResult, label_of
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.refused_writes import write_request
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_services import access_result_of
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.other_value import other_value
from conformance.tester.reaction import Reaction
from conformance.tester.seen import seen
from conformance.tester.service_blocks import long_set, long_write
from conformance.tester.transfer import TransferFailed, get, read


def target_value(subtest: Trial, association: Association, attribute: AttributeDescriptor) -> Data:
    """What an attribute holds, read as declared, in blocks where the meter sends blocks.

    Raises:
        Inconclusive: it cannot be read.
        LookupError: with short names, where the device config has no base name for the object.
    """
    settings = association.settings
    name = settings.short_name(attribute) if settings.short_names else None
    try:
        value = get(association, attribute) if name is None else read(association, name)
    except TransferFailed as failed:
        subtest.inconclusive(f"{attribute} cannot be read: {failed}")
    if not isinstance(value, Data):
        subtest.inconclusive(f"{attribute}: {label_of(DataAccessResult, value)} when read")
    return value


def another_value(subtest: Trial, attribute: AttributeDescriptor, before: Data) -> Data:
    """A value that differs from the one that is there.

    Raises:
        Inconclusive: its type leaves none.
    """
    other = other_value(before)
    if other is None:
        subtest.inconclusive(f"{attribute}: {describe(before)} leaves nothing to change")
    return other


def judge_written(subtest: Trial, reaction: Reaction) -> None:
    """Judge that a write was confirmed.

    Raises:
        Failed: it was not.
    """
    result = access_result_of(reaction)
    subtest.check(
        result == DataAccessResult.SUCCESS,
        expected="success",
        observed=seen(reaction),
        reaction=reaction,
    )


def judge_holds(subtest: Trial, association: Association, attribute: AttributeDescriptor, wanted: Data) -> None:
    """Judge that an attribute holds a value.

    Raises:
        Failed: it holds another one.
        Inconclusive: it cannot be read.
    """
    found = target_value(subtest, association, attribute)
    subtest.check(
        found == wanted, expected=f"{attribute} holds {describe(wanted)}", observed=f"it holds {describe(found)}"
    )


@contextmanager
def left_as_found(subtest: Trial, attribute: AttributeDescriptor, before: Data) -> Iterator[None]:
    """Whatever happens inside, the attribute is given back what it held; what comes of that changes no verdict."""
    try:
        yield
    finally:
        fault = _restored(subtest, attribute, before)
        if fault is not None:
            told = f"{subtest.settings.name}: {attribute} may not hold {describe(before)} any more: {fault}"
            subtest.bench.notes.append(told)


def _restored(subtest: Trial, attribute: AttributeDescriptor, before: Data) -> str | None:
    """Why the value could not be restored; None when it is there."""
    for made in subtest.associations:
        made.close()
    association = subtest.another()
    settings = association.settings
    try:
        association.establish()
        name = settings.short_name(attribute) if settings.short_names else None
        if (get(association, attribute) if name is None else read(association, name)) == before:
            return None
        answer = _written_back(association, attribute, before)
    except (PreambleFailed, TransferFailed, LinkError) as failed:
        return str(failed)
    finally:
        association.close()
    return None if access_result_of(answer) == DataAccessResult.SUCCESS else seen(answer)


def _written_back(association: Association, attribute: AttributeDescriptor, before: Data) -> Reaction:
    """What answers the writing of a value: in one APDU where it is short, else the last of its blocks."""
    settings, negotiated = association.settings, association.negotiated
    request = write_request(settings, attribute, before)
    longest = 0 if negotiated is None else negotiated.server_max_receive_pdu_size
    if not longest or len(request.octets) <= longest // 2:
        return association.request(request)
    name = settings.short_name(attribute) if settings.short_names else None
    long = long_set(attribute, before) if name is None else long_write((VariableName(name),), (before,))
    first, *further = long.blocks(max(1, longest // 2))
    reaction = association.request(long.opening(first))
    for block in further:
        reaction = association.request(long.following(block))
    return reaction
