"""Association SN, version 2: the association of a client that reads by short names (IEC 62056-6-2, class_id 12)."""

from __future__ import annotations

from conformance.cosem.names import CURRENT_ASSOCIATION, NOT_SPECIFIED, ClassId
from conformance.dlms.data.values import octet_string
from conformance.meter.model.cosem_object import Attribute, CosemObject, readable
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.object_faults import mislisted
from conformance.meter.model.object_list import access_rights_list, object_list_sn
from conformance.meter.model.session import Session
from conformance.meter.model.short_names import ASSOCIATION_SN_BASE_NAME


def association_sn(device: LogicalDevice) -> CosemObject:
    """The current association, at its reserved base name FA00, without the optional methods."""
    return CosemObject(
        ClassId.ASSOCIATION_SN,
        2,
        CURRENT_ASSOCIATION,
        (
            Attribute(2, lambda session, _now: object_list_sn(_listed(device, session))),
            Attribute(3, lambda session, _now: access_rights_list(_listed(device, session), session.profile)),
            readable(4, octet_string(NOT_SPECIFIED)),
        ),
        base_name=ASSOCIATION_SN_BASE_NAME,
    )


def _listed(device: LogicalDevice, session: Session) -> list[CosemObject]:
    return mislisted(device.objects(session.profile), device.faults)
