"""Data, Register and Extended register objects (IEC 62056-6-2, class_id 1, 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from conformance.cosem.names import ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import enum, integer, octet_string, structure, unsigned
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import AttributeRights, everyone_reads, nobody_invokes
from conformance.meter.model.cosem_object import Attribute, CosemObject, Getter, Method, constant, readable
from conformance.meter.model.meter_time import octets_at, quarter_at
from conformance.meter.model.session import MethodOutcome, Session


class Unit(IntEnum):
    """Physical units as in scaler_unit (IEC 62056-6-2, Register)."""

    WATT = 27
    WATT_HOUR = 30
    VAR_HOUR = 32
    AMPERE = 33
    VOLT = 35
    HERTZ = 44


def scaler_unit(scaler: int, unit: Unit) -> Data:
    """Structure {scaler, unit}: the value counts in 10^scaler units."""
    return structure(integer(scaler), enum(int(unit)))


def data_object(
    logical_name: bytes, value: Getter, rights: AttributeRights = everyone_reads, *, base_name: int | None = None
) -> CosemObject:
    """A Data object that nobody can write."""
    return CosemObject(ClassId.DATA, 0, logical_name, (Attribute(2, value, rights),), base_name=base_name)


def register(
    logical_name: bytes,
    measured: Callable[[int], Data],
    scaler: int,
    unit: Unit,
    *,
    base_name: int | None = None,
) -> CosemObject:
    """A Register whose value follows from the quarter of an hour; nobody may reset it."""
    return CosemObject(
        ClassId.REGISTER,
        0,
        logical_name,
        (
            Attribute(2, lambda _session, now: measured(quarter_at(now))),
            readable(3, scaler_unit(scaler, unit)),
        ),
        (Method(1, _refused, nobody_invokes),),
        base_name=base_name,
    )


def extended_register(logical_name: bytes, value: Data, scaler: int, unit: Unit, captured_s: float) -> CosemObject:
    """An Extended register whose value was captured `captured_s` seconds from the epoch; nobody may reset it."""
    return CosemObject(
        ClassId.EXTENDED_REGISTER,
        0,
        logical_name,
        (
            readable(2, value),
            readable(3, scaler_unit(scaler, unit)),
            readable(4, unsigned(0)),
            readable(5, octet_string(octets_at(captured_s))),
        ),
        (Method(1, _refused, nobody_invokes),),
    )


class StoredOctets:
    """A Data object that holds an octet-string of a bounded length and lets clients replace it."""

    def __init__(self, value: bytes, longest: int) -> None:
        self.value = value
        self._longest = longest

    def build(self, logical_name: bytes, rights: AttributeRights, *, base_name: int | None = None) -> CosemObject:
        """The object."""
        attribute = Attribute(2, lambda _session, _now: octet_string(self.value), rights, self._write)
        return CosemObject(ClassId.DATA, 0, logical_name, (attribute,), base_name=base_name)

    def _write(self, _session: Session, _now: float, value: Data) -> DataAccessResult:
        if value.type is not DataType.OCTET_STRING:
            return DataAccessResult.TYPE_UNMATCHED
        if len(value.value) > self._longest:
            return DataAccessResult.OTHER_REASON
        self.value = value.value
        return DataAccessResult.SUCCESS


def constant_data(logical_name: bytes, value: Data, *, base_name: int | None = None) -> CosemObject:
    """A Data object whose value never changes and that every association may read."""
    return data_object(logical_name, constant(value), base_name=base_name)


def _refused(_session: Session, _now: float, _parameters: Data | None) -> MethodOutcome:
    return MethodOutcome(ActionResult.READ_WRITE_DENIED)
