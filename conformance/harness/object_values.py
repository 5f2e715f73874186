"""Whether the attributes that an object_list lets a client read are served, and are what the class tables say."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.cosem.interface_class import AttributeDefinition
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.value_check import faults_of
from conformance.cosem.value_path import elements_to, field_path
from conformance.device.model import Acceptance
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import SelectiveAccess
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.inquiry import Attribute, Inquiry
from conformance.harness.object_access import Reading, read_attribute
from conformance.harness.profile_buffer import entries_access
from conformance.tester.seen import access_result

_LOGICAL_NAME = 1
_ENTRY_SELECTOR = 2
_ROWS = 8
"""Rows of a buffer that are looked at."""
_FEW_ROWS = 100
"""A buffer with as many entries in use is read whole where it cannot be read by entry."""
_ENTRIES_IN_USE = 7
_SHOWN = 300
"""Characters of all that is wrong with an object beside its first fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as the list and the class tables say."""

    expected: str
    observed: str
    frame: int | None = None
    path: str = ""


def judge_values(inquiry: Inquiry) -> None:
    """Read every attribute that may be read of every object, and judge what comes; the list's own rows are judged too.

    Raises:
        PreambleFailed, Inconclusive: the association is lost for good.
    """
    for listed in inquiry.objects:
        with inquiry.subtest.each(str(listed)):
            _judge_object(inquiry, listed)


def _judge_object(inquiry: Inquiry, listed: ListedObject) -> None:
    faults, served, told = [*_list_faults(inquiry, listed)], 0, []
    for attribute in inquiry.attributes(listed):
        readable = inquiry.may_read(listed, attribute)
        if readable is False or (readable is None and listed.rights_told):
            continue
        reading = _buffer(inquiry, listed, attribute) if inquiry.bulky(attribute) else inquiry.read(listed, attribute)
        if reading is None:
            told.append(f"{attribute} not read: it cannot be read in part, and may be long")
        elif readable is None and not isinstance(reading.result, Data):
            told.append(f"{attribute} is not served; its right is not told")
        else:
            served += 1
            faults += _faults_of_reading(attribute, listed, reading)
        if attribute.definition is None:
            told.append(f"{attribute} is the manufacturer's")
    if faults:
        first, *others = faults
        more = f"; and: {'; '.join(one.observed for one in others)}"[:_SHOWN] if others else ""
        inquiry.subtest.check(
            False, expected=first.expected, observed=first.observed + more, frame=first.frame, path=first.path
        )
    observed = "; ".join([f"{served} attributes served and well typed", *told])
    inquiry.subtest.check(True, expected="each attribute that may be read is served, of its type", observed=observed)


def _faults_of_reading(attribute: Attribute, listed: ListedObject, reading: Reading) -> list[Fault]:
    if reading.result is None:
        return [Fault(f"{attribute} is served", f"{attribute}: {reading.failure}", reading.frame, reading.path)]
    if not isinstance(reading.result, Data):
        refused = f"{attribute}: {access_result(reading.result)}, though it may be read"
        return [Fault(f"{attribute} is served", refused, reading.frame, reading.path)]
    definition = attribute.definition
    if definition is None:
        return []
    found = faults_of(reading.result, definition.type, definition.name)
    if found:
        path = field_path(reading.path, elements_to(found[0].path, definition.type))
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        expected = f"{attribute}: {found[0].expected}{_note(definition)}"
        observed = f"{attribute}, {found[0].path}: {found[0].observed}{more}"
        return [Fault(expected, observed, reading.frame, path)]
    if attribute.index == _LOGICAL_NAME and reading.result.value != listed.logical_name:
        expected = f"logical_name {listed.logical_name.hex().upper()}, as in the object_list"
        observed = f"{attribute}: {describe(reading.result)}"
        return [Fault(expected, observed, reading.frame, f"{reading.path}.value")]
    return []


def _note(definition: AttributeDefinition) -> str:
    return f" (the class table notes: {definition.note})" if definition.note else ""


def _list_faults(inquiry: Inquiry, listed: ListedObject) -> list[Fault]:
    """What is wrong with the object's row in the list itself."""
    definition, found = inquiry.definition, []
    times = inquiry.survey.counts[listed.class_id, listed.logical_name]
    if times > 1:
        found.append(Fault("each object once in the object_list", f"it is in the object_list {times} times"))
    if not listed.rights_told:
        return found
    known = {one.index for one in definition.attributes}
    extra = sorted(index for index in listed.attribute_rights if index >= 0 and index not in known)
    missing = [one.index for one in definition.attributes if one.mandatory and one.index not in listed.attribute_rights]
    if extra:
        found.append(
            Fault(
                f"the attributes of version {definition.version}: {_numbers(sorted(known))}",
                f"the object_list has attribute {_numbers(extra)} too",
            )
        )
    if missing:
        found.append(
            Fault(
                f"the attributes of version {definition.version}: {_numbers(sorted(known))}",
                f"the object_list lacks attribute {_numbers(missing)}",
            )
        )
    return found + _method_faults(inquiry, listed)


def _method_faults(inquiry: Inquiry, listed: ListedObject) -> list[Fault]:
    definition = inquiry.definition
    known = {one.index for one in definition.methods}
    extra = sorted(index for index in listed.method_rights if index >= 0 and index not in known)
    missing = [one.index for one in definition.methods if one.mandatory and one.index not in listed.method_rights]
    expected = f"the methods of version {definition.version}: {_numbers(sorted(known)) or 'none'}"
    found = [Fault(expected, f"the object_list has method {_numbers(extra)} too")] if extra else []
    if missing and inquiry.subtest.bench.device.acceptance is Acceptance.STRICT:
        found.append(Fault(expected, f"the object_list lacks method {_numbers(missing)}, which is mandatory"))
    return found


def _buffer(inquiry: Inquiry, listed: ListedObject, attribute: Attribute) -> Reading | None:
    """Some rows of a buffer: by entry where that is offered, else all of a short one; None where neither can be."""
    rights = listed.attribute_rights.get(attribute.index)
    settings = inquiry.subtest.settings
    selective = ConformanceBit.PARAMETERIZED_ACCESS if settings.short_names else ConformanceBit.SELECTIVE_ACCESS
    if rights is not None and _ENTRY_SELECTOR in rights.selectors and selective in settings.conformance:
        access = SelectiveAccess(_ENTRY_SELECTOR, entries_access(1, _ROWS))
        return read_attribute(inquiry.standing, listed, attribute.index, attribute.name, access)
    entries = next((one for one in inquiry.attributes(listed) if one.index == _ENTRIES_IN_USE), None)
    in_use = None if entries is None else inquiry.read(listed, entries).result
    if not isinstance(in_use, Data) or in_use.type is not DataType.DOUBLE_LONG_UNSIGNED or in_use.value > _FEW_ROWS:
        return None
    return inquiry.read(listed, attribute)


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (", …" if len(numbers) > 20 else "")
