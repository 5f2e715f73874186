"""Script table with scripts that do no harm (IEC 62056-6-2, class_id 9, version 0)."""

from __future__ import annotations

from typing import Final

from conformance.cosem.names import ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, enum, integer, long_unsigned, octet_string, structure
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.access import invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import CosemObject, Method, readable
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.registers import data_object
from conformance.meter.model.session import MethodOutcome, Session

SCRIPT_TABLE: Final = octets_of("0-0:10.0.0.255")
SCRIPT_MARKER: Final = octets_of("0-0:128.0.0.255")
HARMLESS_SCRIPT: Final = 1
EVENT_SCRIPT: Final = 40
"""Sets the marker too, and reports it as an event."""

_WRITE_ATTRIBUTE: Final = 1


class ScriptTable:
    """A script table whose scripts write their own numbers into a marker, where a test can see that they ran."""

    def __init__(self, device: LogicalDevice) -> None:
        self._device = device
        self._marker = 0

    def build(self) -> tuple[CosemObject, CosemObject]:
        """The script table and the marker, a Data object."""
        scripts = array(*(_script(number) for number in (HARMLESS_SCRIPT, EVENT_SCRIPT)))
        execute = Method(1, self._execute, invoked_by(AccessLevel.READING, AccessLevel.MANAGEMENT))
        return (
            CosemObject(ClassId.SCRIPT_TABLE, 0, SCRIPT_TABLE, (readable(2, scripts),), (execute,)),
            data_object(SCRIPT_MARKER, lambda _session, _now: long_unsigned(self._marker)),
        )

    def _execute(self, _session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.LONG_UNSIGNED:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        if parameters.value not in (HARMLESS_SCRIPT, EVENT_SCRIPT):
            return MethodOutcome(ActionResult.OTHER_REASON)
        self._marker = parameters.value
        if self._marker == EVENT_SCRIPT and self._device.notifier is not None:
            marker = AttributeDescriptor(ClassId.DATA, SCRIPT_MARKER, 2)
            self._device.notifier.event(marker, long_unsigned(self._marker), now)
        return MethodOutcome(ActionResult.SUCCESS)


def _script(number: int) -> Data:
    action = structure(
        enum(_WRITE_ATTRIBUTE),
        long_unsigned(int(ClassId.DATA)),
        octet_string(SCRIPT_MARKER),
        integer(2),
        long_unsigned(number),
    )
    return structure(long_unsigned(number), array(action))
