"""Clock: the meter's date and time (IEC 62056-6-2, class_id 8, version 0)."""

from __future__ import annotations

from conformance.cosem.names import CLOCK, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import boolean, enum, integer, long, octet_string, unsigned
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import AccessMode, by_level, invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method, readable
from conformance.meter.model.meter_time import QUARTER_S, octets_at, seconds_of
from conformance.meter.model.session import MethodOutcome, Session

_LAST_SUNDAY_OF_MARCH = bytes.fromhex("FFFF03FE0702000000000000")
_LAST_SUNDAY_OF_OCTOBER = bytes.fromhex("FFFF0AFE0703000000000000")
_INTERNAL_CRYSTAL = 1
_LONGEST_SHIFT_S = 900


class MeterClock:
    """A clock that runs with `now`, shifted by what clients have set. It keeps UTC and knows no daylight saving."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def seconds(self, now: float) -> float:
        """What the clock shows, in seconds from the epoch."""
        return now + self._offset_s

    def build(self, base_name: int | None = None) -> CosemObject:
        """The object; only the management client may set it."""
        attributes = (
            Attribute(
                2,
                lambda _session, now: octet_string(octets_at(self.seconds(now))),
                by_level(management=AccessMode.READ_AND_WRITE),
                self._set_time,
            ),
            readable(3, long(0)),
            readable(4, unsigned(0)),
            readable(5, octet_string(_LAST_SUNDAY_OF_MARCH)),
            readable(6, octet_string(_LAST_SUNDAY_OF_OCTOBER)),
            readable(7, integer(60)),
            readable(8, boolean(False)),
            readable(9, enum(_INTERNAL_CRYSTAL)),
        )
        managed = invoked_by(AccessLevel.MANAGEMENT)
        methods = (
            Method(1, lambda _session, now, data: self._round_to(QUARTER_S, now, data), managed),
            Method(3, lambda _session, now, data: self._round_to(60, now, data), managed),
            Method(6, self._shift_time, managed),
        )
        return CosemObject(ClassId.CLOCK, 0, CLOCK, attributes, methods, base_name=base_name)

    def _set_time(self, _session: Session, now: float, value: Data) -> DataAccessResult:
        if value.type is not DataType.OCTET_STRING or len(value.value) != 12:
            return DataAccessResult.TYPE_UNMATCHED
        seconds = seconds_of(value)
        if seconds is None:
            return DataAccessResult.OTHER_REASON
        self._offset_s = seconds - now
        return DataAccessResult.SUCCESS

    def _round_to(self, step_s: int, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        shown = self.seconds(now)
        self._offset_s += step_s * ((shown + step_s / 2) // step_s) - shown
        return MethodOutcome(ActionResult.SUCCESS)

    def _shift_time(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.LONG:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        if abs(parameters.value) > _LONGEST_SHIFT_S:
            return MethodOutcome(ActionResult.OTHER_REASON)
        self._offset_s += parameters.value
        return MethodOutcome(ActionResult.SUCCESS)
