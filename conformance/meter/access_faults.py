"""Attributes as faulty meters give and take them: served without a right, or where there is nothing to serve."""

from __future__ import annotations

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null, octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.variable_access import VariableAccess, VariableName
from conformance.meter.crash import MeterCrashedError
from conformance.meter.model.cosem_object import CosemObject
from conformance.meter.service_call import ServiceCall

_WIDEST = 24
"""Octets of the longest encoded value of another type that a lax meter keeps."""


def misread(
    attribute: AttributeDescriptor, result: Data | DataAccessResult, call: ServiceCall, faults: frozenset[str]
) -> Data | DataAccessResult:
    """What a meter with these defects reads in place of `result`."""
    if isinstance(result, Data):
        return result
    found = _named(attribute, call)
    if found is None:
        return null() if "unknown-object-answered-with-null-data" in faults else result
    if found.class_id != attribute.class_id and "class-id-ignored" not in faults:
        return result
    if attribute.attribute_id not in found.attributes:
        if attribute.attribute_id > 0 and "unknown-attribute-answered-with-data" in faults:
            return octet_string(attribute.instance_id)
        if "unknown-attribute-crashes" in faults:
            raise MeterCrashedError
        return result
    denied = result is DataAccessResult.READ_WRITE_DENIED
    if denied and "no-access-attribute-served" not in faults:
        return result
    read = found.attributes[attribute.attribute_id].read
    return result if read is None else read(call.session, call.now)


def miswritten(
    attribute: AttributeDescriptor, value: Data, result: DataAccessResult, call: ServiceCall, faults: frozenset[str]
) -> DataAccessResult:
    """The result that a meter with these defects reports in place of `result`, after it did as such a meter does."""
    if result is DataAccessResult.SUCCESS:
        return result
    if result is DataAccessResult.OBJECT_UNDEFINED and "unknown-object-written" in faults:
        return DataAccessResult.SUCCESS
    if result is DataAccessResult.READ_WRITE_DENIED and "read-only-attribute-written" in faults:
        return DataAccessResult.SUCCESS
    if result is DataAccessResult.TYPE_UNMATCHED:
        kept = octet_string(codec.encode(value)[:_WIDEST])
        if "wrong-type-written" in faults:
            return call.device.write(attribute, None, kept, call.session, call.now)
        if "set-refused-but-written" in faults:
            call.device.write(attribute, None, kept, call.session, call.now)
    return result


def misread_name(
    item: VariableAccess, result: Data | DataAccessResult, call: ServiceCall, faults: frozenset[str]
) -> Data | DataAccessResult:
    """As `misread`, for a short name."""
    if isinstance(result, Data) or not isinstance(item, VariableName):
        return result
    if result is DataAccessResult.OBJECT_UNDEFINED:
        if "unknown-name-answered-with-null-data" in faults:
            return null()
        if "unknown-name-answered-with-nearest" in faults:
            # A lookup that finds the object below the name, and never asks where the object ends.
            below = [item for item in call.device.objects(call.session.profile) if item.base_name is not None]
            nearest = max(
                (entry for entry in below if (entry.base_name or 0) <= item.name), key=_base_name, default=None
            )
            return result if nearest is None else octet_string(nearest.logical_name)
        if "unknown-name-crashes" in faults:
            raise MeterCrashedError
    return result


def miswritten_name(
    item: VariableAccess, value: Data, result: DataAccessResult, call: ServiceCall, faults: frozenset[str]
) -> DataAccessResult:
    """As `miswritten`, for a short name."""
    if not isinstance(item, VariableName):
        return result
    if result is DataAccessResult.READ_WRITE_DENIED and "read-only-name-written" in faults:
        return DataAccessResult.SUCCESS
    if result is DataAccessResult.OBJECT_UNDEFINED and "unknown-name-written" in faults:
        return DataAccessResult.SUCCESS
    if result is DataAccessResult.TYPE_UNMATCHED and "wrong-type-written-by-name" in faults:
        return call.device.write_short_name(
            item.name, octet_string(codec.encode(value)[:_WIDEST]), call.session, call.now
        )
    return result


def _named(attribute: AttributeDescriptor, call: ServiceCall) -> CosemObject | None:
    """The object of that class and name, or of that name alone; None when there is none."""
    objects = [item for item in call.device.objects(call.session.profile) if item.logical_name == attribute.instance_id]
    return next((item for item in objects if item.class_id == attribute.class_id), next(iter(objects), None))


def _base_name(item: CosemObject) -> int:
    return item.base_name or 0
