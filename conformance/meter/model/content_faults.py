"""Objects whose values are well typed and not true: of the association, the SAPs, profiles, units, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import LOGICAL_DEVICE_NAME, ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    boolean,
    double_long_unsigned,
    enum,
    integer,
    long,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import allows_invocation, everyone_reads
from conformance.meter.model.associations import AccessLevel, AssociationProfile
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method, readable
from conformance.meter.model.meter_time import METER_EPOCH, moment, seconds_of
from conformance.meter.model.session import MethodOutcome, Session

Change = Callable[[Data], Data]


@dataclass(frozen=True, slots=True)
class _Untrue:
    """What becomes of the value of an attribute: of one object, or of all of its class."""

    class_id: int
    attribute: int
    change: Change
    logical_name: bytes | None = None


def _always(value: Data) -> Change:
    return lambda _value: value


def _at(index: int, change: Change) -> Change:
    """The change of one element, from the front or with a negative index from the back."""

    def changed(value: Data) -> Data:
        elements = list(value.value)
        if -len(elements) <= index < len(elements):
            elements[index] = change(elements[index])
        return Data(value.type, tuple(elements))

    return changed


def _each(change: Change) -> Change:
    return lambda value: Data(value.type, tuple(map(change, value.value)))


def _without_last(value: Data) -> Data:
    return Data(value.type, tuple(value.value[:-1]))


def _more(value: Data) -> Data:
    return Data(value.type, value.value + 1)


def _octets(start: int, octets: bytes) -> Change:
    """Other octets in an octet-string."""
    return lambda value: octet_string(value.value[:start] + octets + value.value[start + len(octets) :])


def _weekday(value: Data) -> Data:
    return _octets(4, bytes((value.value[4] % 7 + 1,)))(value)


def _moved(seconds: int, deviation_minutes: int) -> Change:
    """A time so much later, with another deviation."""

    def changed(value: Data) -> Data:
        later = CosemDateTime.from_datetime(moment((seconds_of(value) or 0.0) + seconds))
        return octet_string(later.encode()[:9] + deviation_minutes.to_bytes(2, "big", signed=True) + value.value[11:])

    return changed


def _flipped(bit: int) -> Change:
    def changed(value: Data) -> Data:
        bits = list(value.value)
        bits[bit] = "0" if bits[bit] == "1" else "1"
        return Data(DataType.BIT_STRING, "".join(bits))

    return changed


def _seconds_since_epoch(value: Data) -> Data:
    return double_long_unsigned(int((seconds_of(value) or 0.0) + METER_EPOCH.timestamp()))


def _first_sap_again(value: Data) -> Data:
    first: Data = value.value[0].value[0]
    return _at(-1, _at(0, _always(first)))(value)


_SELECTIVE_ACCESS_BIT: Final = 20
_ENERGY: Final = octets_of("1-0:1.8.0.255")
_FREQUENCY: Final = octets_of("1-0:14.7.0.255")
_NOWHERE: Final = octet_string(octets_of("1-0:99.2.0.255"))
_DECEMBER: Final = octet_string(bytes.fromhex("FFFF0C01FF00000000000000"))
_JUNE: Final = octet_string(bytes.fromhex("FFFF0601FF00000000000000"))

_UNTRUE: Final[Mapping[str, tuple[_Untrue, ...]]] = {
    "association-status-never-associated": (_Untrue(15, 8, _always(enum(1))),),
    "association-partner-is-another-client": (_Untrue(15, 3, _at(0, _more)),),
    "association-context-name-of-the-other-referencing": (_Untrue(15, 4, _at(-1, _more)),),
    "association-conformance-as-declared-not-negotiated": (_Untrue(15, 5, _at(0, _flipped(_SELECTIVE_ACCESS_BIT))),),
    "association-max-send-size-of-the-buffer": (_Untrue(15, 5, _at(2, _always(long_unsigned(0xFFFF)))),),
    "association-mechanism-name-of-another": (_Untrue(15, 6, _at(-1, _always(unsigned(7)))),),
    "sap-assigned-twice": (_Untrue(17, 2, _first_sap_again),),
    "sap-list-lacks-last-device": (_Untrue(17, 2, _without_last),),
    "device-name-of-17-octets": (_Untrue(1, 2, lambda value: octet_string(value.value + b"0"), LOGICAL_DEVICE_NAME),),
    "device-name-without-flag-identifier": (_Untrue(1, 2, _octets(0, b"001"), LOGICAL_DEVICE_NAME),),
    "device-name-of-another-meter": (_Untrue(1, 2, _octets(13, b"999"), LOGICAL_DEVICE_NAME),),
    "profile-captures-what-is-not-there": (_Untrue(7, 3, _at(-1, _at(1, _always(_NOWHERE)))),),
    "profile-rows-lack-last-column": (_Untrue(7, 2, _each(_without_last)),),
    "profile-time-as-seconds": (_Untrue(7, 2, _each(_at(0, _seconds_since_epoch))),),
    "profile-entries-in-use-one-less": (_Untrue(7, 7, lambda value: double_long_unsigned(max(0, value.value - 1))),),
    "profile-sort-object-not-captured": (_Untrue(7, 6, _at(1, _always(_NOWHERE))),),
    "profile-capture-period-of-an-hour": (_Untrue(7, 4, _always(double_long_unsigned(3600))),),
    "register-energy-in-reactive-unit": (_Untrue(3, 3, _at(1, _always(enum(32))), _ENERGY),),
    "register-scaler-without-its-sign": (_Untrue(3, 3, _at(0, _always(integer(2))), _FREQUENCY),),
    "clock-weekday-wrong": (_Untrue(8, 2, _weekday),),
    "clock-deviation-with-the-other-sign": (_Untrue(8, 2, _moved(3600, 60)), _Untrue(8, 3, _always(long(-60)))),
    "clock-daylight-saving-not-flagged": (
        _Untrue(8, 5, _always(_DECEMBER)),
        _Untrue(8, 6, _always(_JUNE)),
        _Untrue(8, 8, _always(boolean(True))),
    ),
    "clock-status-not-that-of-the-time": (_Untrue(8, 4, _always(unsigned(2))),),
    "clock-an-hour-late": (_Untrue(8, 2, _moved(-3600, 0)),),
    "clock-daylight-savings-begin-in-month-13": (_Untrue(8, 5, _octets(2, b"\x0d")),),
    "clock-daylight-deviation-too-large": (_Untrue(8, 7, _always(integer(127))),),
    "image-block-size-0": (_Untrue(18, 2, _always(double_long_unsigned(0))),),
}
"""What is untrue, by defect."""


def untrue(item: CosemObject, number: int, value: Data, faults: frozenset[str]) -> Data:
    """What a meter with these defects gives in place of the value of an attribute."""
    for name in sorted(faults & _UNTRUE.keys()):
        for one in _UNTRUE[name]:
            here = (item.class_id, number) == (one.class_id, one.attribute)
            if here and one.logical_name in (None, item.logical_name):
                value = one.change(value)
    return value


def wrongly_set(
    item: CosemObject,
    number: int,
    value: Data,
    result: DataAccessResult,
    session: Session,
    now: float,
    faults: frozenset[str],
) -> DataAccessResult:
    """What a meter with these defects reports of the setting of its clock, and how it is set."""
    write = item.attributes[number].write
    if item.class_id != ClassId.CLOCK or write is None or value.type is not DataType.OCTET_STRING:
        return result
    octets: bytes = value.value
    try:
        when = CosemDateTime.from_octets(octets, deviations=[])
    except DecodeError:
        return result
    if result is DataAccessResult.SUCCESS:
        if "clock-own-time-refused" in faults:
            return DataAccessResult.OTHER_REASON
        if when.deviation_minutes is None and "clock-set-without-deviation-an-hour-off" in faults:
            return write(session, now, octet_string(octets[:9] + (-60).to_bytes(2, "big", signed=True) + octets[11:]))
        return result
    if result is DataAccessResult.OTHER_REASON:
        if (when.month, when.day) == (2, 31) and "clock-takes-31-february" in faults:
            return write(session, now, octet_string(octets[:2] + bytes((3, 3)) + octets[4:]))
        if when.hour == 25 and "clock-takes-hour-25" in faults:
            return write(session, now, octet_string(octets[:5] + b"\x01" + octets[6:]))
        if when.month == 13 and "clock-confirms-month-13" in faults:
            return DataAccessResult.SUCCESS
    return result


def wrongly_shifted(
    item: CosemObject, method: Method, parameters: Data | None, session: Session, now: float, faults: frozenset[str]
) -> MethodOutcome | None:
    """How a clock with these defects is shifted and adjusted; None where it is as it should be."""
    mode, number = method.rights(session.profile), method.number
    if item.class_id != ClassId.CLOCK or parameters is None:
        return None
    if not allows_invocation(mode, authenticated=session.request_authenticated):
        return None
    if number == 6 and parameters.type is DataType.LONG:
        if "clock-shift-reversed" in faults:
            return method.invoke(session, now, long(-parameters.value))
        if "clock-shift-without-limit" in faults and abs(parameters.value) > 900:
            half = parameters.value // 2
            method.invoke(session, now, long(half))
            return method.invoke(session, now, long(parameters.value - half))
    if number == 3 and "clock-adjust-to-minute-does-nothing" in faults:
        return MethodOutcome(ActionResult.SUCCESS)
    if number == 1 and "clock-adjust-to-quarter-to-the-minute" in faults:
        return item.methods[3].invoke(session, now, parameters)
    return None


def relisted(objects: list[CosemObject], profile: AssociationProfile, faults: frozenset[str]) -> list[CosemObject]:
    """The objects as a meter with these defects lists them to a client."""
    if "device-name-not-listed" in faults:
        objects = [item for item in objects if item.logical_name != LOGICAL_DEVICE_NAME]
    if "object-of-a-reserved-name" in faults:
        objects = [*objects, _row(ClassId.REGISTER, "1-0:110.8.0.255")]
    if "object-of-a-class-that-the-name-has-not" in faults:
        objects = [*objects, _row(ClassId.SCRIPT_TABLE, "1-0:4.8.0.255")]
    if profile.access_level is AccessLevel.PUBLIC and "object-version-differs-by-client" in faults:
        objects = [_of_next_version(item) for item in objects]
    return objects


def _row(class_id: int, name: str) -> CosemObject:
    value = structure(integer(0), enum(30)) if class_id == ClassId.REGISTER else array()
    return CosemObject(class_id, 0, octets_of(name), (Attribute(2, None, everyone_reads), readable(3, value)))


def _of_next_version(item: CosemObject) -> CosemObject:
    """An Extended register one version on; any other object as it is."""
    if item.class_id != ClassId.EXTENDED_REGISTER:
        return item
    version = item.version + 1
    return CosemObject(item.class_id, version, item.logical_name, item.attributes.values(), item.methods.values())
