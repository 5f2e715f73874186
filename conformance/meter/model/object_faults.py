"""Objects as faulty meters have them: attributes of another type, rights that are not kept, lists that are not true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from conformance.cosem.names import LOAD_PROFILE, ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    enum,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.cosem_object import Attribute, CosemObject, constant, readable
from conformance.meter.model.session import MethodOutcome, Session

Result = Data | DataAccessResult
Change = Callable[[Data], Result]


@dataclass(frozen=True, slots=True)
class _Misread:
    """What becomes of the value of one attribute of the objects of a class, in one version of it or in each."""

    class_id: int
    attribute: int
    change: Change
    version: int | None = None


def _always(value: Result) -> Change:
    return lambda _value: value


def _without_last(value: Data) -> Data:
    return Data(value.type, tuple(value.value[:-1]))


def _element(index: int, change: Change) -> Change:
    """The change of one element of an array or structure, where there is such an element."""

    def changed(value: Data) -> Result:
        elements = list(value.value)
        if index < len(elements):
            elements[index] = change(elements[index])
        return Data(value.type, tuple(elements))

    return changed


def _each(change: Change) -> Change:
    """The change of every element of an array."""
    return lambda value: Data(value.type, tuple(change(element) for element in value.value))


def _as(type_: DataType) -> Change:
    """The same number in another type."""
    return lambda value: Data(type_, value.value)


_MISREAD: Final[Mapping[str, _Misread]] = {
    "data-logical-name-is-class-and-name": _Misread(1, 1, lambda value: octet_string(b"\x00\x01" + value.value)),
    "register-scaler-unit-lacks-unit": _Misread(3, 3, _without_last),
    "register-unit-reserved": _Misread(3, 3, _element(1, _always(enum(0)))),
    "register-value-is-structure": _Misread(3, 2, structure),
    "extended-register-capture-time-short": _Misread(4, 5, lambda value: octet_string(value.value[:11])),
    "extended-register-scaler-unsigned": _Misread(4, 3, _element(0, _always(unsigned(0)))),
    "profile-capture-object-lacks-data-index": _Misread(7, 3, _each(_without_last)),
    "profile-sort-method-0": _Misread(7, 5, _always(enum(0))),
    "profile-entries-of-two-octets": _Misread(7, 8, lambda value: long_unsigned(value.value & 0xFFFF)),
    "clock-time-zone-of-one-octet": _Misread(8, 3, _always(integer(0))),
    "clock-base-unknown": _Misread(8, 9, _always(enum(9))),
    "hdlc-window-beyond-its-range": _Misread(23, 3, _always(unsigned(8))),
    "clock-daylight-savings-begin-null": _Misread(8, 5, _always(null())),
    "script-service-id-0": _Misread(9, 2, _each(_element(1, _each(_element(0, _always(enum(0))))))),
    "sn-object-list-class-of-one-octet": _Misread(12, 2, _each(_element(1, _as(DataType.UNSIGNED)))),
    "association-partners-unsigned": _Misread(15, 3, _element(0, _as(DataType.UNSIGNED))),
    "association-context-info-lacks-cyphering-info": _Misread(15, 5, _without_last),
    "sap-list-null": _Misread(17, 2, _always(null())),
    "hdlc-speed-unknown": _Misread(23, 2, _always(enum(11))),
    "push-destination-lacks-message": _Misread(40, 3, _without_last, 0),
    "push-window-ends-missing": _Misread(40, 4, _always(array(structure(octet_string(b"\xff" * 12)))), 1),
    "push-operation-method-unknown": _Misread(40, 12, _always(enum(7)), 2),
    "tcp-port-of-one-octet": _Misread(41, 2, lambda value: unsigned(value.value & 0xFF)),
    "ip-logical-name-of-other-instance": _Misread(
        42, 1, lambda value: octet_string(value.value[:1] + b"\x01" + value.value[2:])
    ),
    "mac-address-refused": _Misread(43, 2, _always(DataAccessResult.READ_WRITE_DENIED)),
    "security-policy-unsigned": _Misread(64, 2, _as(DataType.UNSIGNED), 0),
    "certificate-info-lacks-name": _Misread(64, 6, _each(_without_last), 1),
}
"""What is read amiss, by defect."""


def misread(
    item: CosemObject, number: int, result: Result, session: Session, now: float, faults: frozenset[str]
) -> Result:
    """What a meter with these defects reads in place of `result`."""
    if result is DataAccessResult.READ_WRITE_DENIED and item.class_id == ClassId.DATA:
        read = item.attributes[number].read
        return read(session, now) if read is not None and "data-read-right-not-enforced" in faults else result
    if not isinstance(result, Data):
        return result
    for name in sorted(faults & _MISREAD.keys()):
        fault = _MISREAD[name]
        if (item.class_id, number) == (fault.class_id, fault.attribute) and fault.version in (None, item.version):
            result = fault.change(result)
            if not isinstance(result, Data):
                break
    return result


def miswritten(
    item: CosemObject,
    number: int,
    value: Data,
    result: DataAccessResult,
    session: Session,
    now: float,
    faults: frozenset[str],
) -> DataAccessResult:
    """What a meter with these defects reports of a write in place of `result`, having done as such a meter does."""
    attribute = item.attributes[number]
    if item.class_id == ClassId.DATA and result is DataAccessResult.SUCCESS and attribute.write is not None:
        if "data-write-allowed-but-refused" in faults:
            return DataAccessResult.READ_WRITE_DENIED
        if "data-write-loses-last-octet" in faults and value.type is DataType.OCTET_STRING:
            attribute.write(session, now, octet_string(value.value[:-1]))
    if item.class_id == ClassId.REGISTER and result is DataAccessResult.READ_WRITE_DENIED:
        if "register-write-right-not-enforced" in faults:
            return DataAccessResult.SUCCESS
        if "register-refused-write-spoils-scaler" in faults and value.type is DataType.STRUCTURE:
            spoilt = structure(integer(-1), *value.value[1:])
            item.attributes[number] = replace(attribute, read=constant(spoilt))
    return result


def misinvoked(
    item: CosemObject,
    number: int,
    parameters: Data | None,
    outcome: MethodOutcome,
    session: Session,
    now: float,
    faults: frozenset[str],
) -> MethodOutcome:
    """What a meter with these defects makes of the invocation of a method in place of `outcome`."""
    method = item.methods.get(number)
    if method is None:
        careless = item.class_id == ClassId.SCRIPT_TABLE and "script-table-unknown-method-succeeds" in faults
        return MethodOutcome(ActionResult.SUCCESS) if careless else outcome
    if item.class_id == ClassId.CLOCK:
        if outcome.result is ActionResult.READ_WRITE_DENIED and "clock-method-right-not-enforced" in faults:
            return method.invoke(session, now, parameters)
        if outcome.result is ActionResult.SUCCESS and "clock-allowed-method-refused" in faults:
            return MethodOutcome(ActionResult.READ_WRITE_DENIED)
    return outcome


def mislisted(objects: list[CosemObject], faults: frozenset[str]) -> list[CosemObject]:
    """The objects as a meter with these defects lists them."""
    if not faults:
        return objects
    listed = []
    for item in objects:
        listed += _rows(item, faults)
    if "object-listed-and-not-there" in faults:
        listed.append(CosemObject(ClassId.REGISTER, 0, _NOWHERE, (readable(2, null()), readable(3, null()))))
    return listed


_NOWHERE: Final = octets_of("1-0:5.8.0.255")


def _rows(item: CosemObject, faults: frozenset[str]) -> list[CosemObject]:
    """The row of an object: as it should be, more than one, or another."""
    if item.class_id == ClassId.EXTENDED_REGISTER:
        if "object-listed-twice" in faults:
            return [item, item]
        if "extended-register-row-lacks-capture-time" in faults:
            return [_copy(item, attributes=[one for one in item.attributes.values() if one.number != 5])]
    if item.class_id == ClassId.CLOCK and "clock-row-has-attribute-10" in faults:
        return [_copy(item, attributes=[*item.attributes.values(), readable(10, null())])]
    if item.class_id == ClassId.PUSH_SETUP and item.version == 1 and "push-setup-listed-as-version-0" in faults:
        return [_copy(item, version=0)]
    if (
        item.logical_name == LOAD_PROFILE
        and item.base_name is not None
        and "sn-base-name-of-second-attribute" in faults
    ):
        return [_copy(item, base_name=item.base_name + 8)]
    return [item.as_listed or item] * item.listed_times


def _copy(
    item: CosemObject,
    *,
    attributes: list[Attribute] | None = None,
    version: int | None = None,
    base_name: int | None = None,
) -> CosemObject:
    return CosemObject(
        item.class_id,
        item.version if version is None else version,
        item.logical_name,
        list(item.attributes.values()) if attributes is None else attributes,
        item.methods.values(),
        visible=item.visible,
        base_name=item.base_name if base_name is None else base_name,
    )
