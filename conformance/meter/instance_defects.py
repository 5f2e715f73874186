"""What the embedded meter can be made to do wrong with its objects of every class; the rows are data."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect
from conformance.meter.model.instance_faults import BY_MANAGEMENT, InstanceFault, instance_faults

DEVICE_CONFIG: Final = "simulator-objects"
_PUBLIC, _READING, _MANAGEMENT = "objects-public", "objects-reading", "objects-management"


def _defect(fault: InstanceFault) -> Defect:
    return Defect(
        fault.name,
        fault.title,
        (f"T_COSEM_{fault.class_id}_{fault.version}",),
        fault.source,
        device_config=DEVICE_CONFIG,
        association=_association(fault),
    )


def _association(fault: InstanceFault) -> str:
    """The one that shows it at the least cost."""
    if fault.kind == "method_carried_out":
        return _READING
    return _MANAGEMENT if fault.kind in BY_MANAGEMENT else _PUBLIC


INSTANCE_DEFECTS: Final = tuple(map(_defect, instance_faults().values()))
