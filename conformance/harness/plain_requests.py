"""Requests for single attributes, by logical or by short name, as plain APDUs."""

from __future__ import annotations

from conformance.device.model import AssociationSettings
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import asked_for
from conformance.tester.stimulus import Stimulus, apdu

_UNKNOWN_OBJECT = AttributeDescriptor(1, bytes.fromhex("FFFFFFFFFFFF"), 1)
_UNKNOWN_SHORT_NAME = 0xFFF8
_OTHER_INVOKE_ID_AND_PRIORITY = 0xC2


def read_request(settings: AssociationSettings, attribute: AttributeDescriptor) -> Stimulus:
    """GET or Read of an attribute.

    Raises:
        LookupError: with short names, where the device config has no base name for the object.
    """
    if not settings.short_names:
        return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute).encode(), f"GET of {attribute}")
    name = settings.short_name(attribute)
    if name is None:
        raise LookupError(f"association {settings.name}: no base name is declared for {attribute}")
    return apdu(ReadRequest((VariableName(name),)).encode(), f"Read of {name:04X}, {attribute}")


def unknown_object_request(settings: AssociationSettings) -> Stimulus:
    """GET or Read of what no meter has: it is answered with an error."""
    if settings.short_names:
        return apdu(ReadRequest((VariableName(_UNKNOWN_SHORT_NAME),)).encode(), f"Read of {_UNKNOWN_SHORT_NAME:04X}")
    return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, _UNKNOWN_OBJECT).encode(), "GET of an unknown object")


def other_question(settings: AssociationSettings) -> Stimulus:
    """The question for liveness in other octets: with another invoke-id, or asked twice in one Read."""
    match asked_for(settings):
        case VariableName() as name:
            return apdu(ReadRequest((name, name)).encode(), "the same Read, of two names")
        case asked:
            return apdu(
                GetRequestNormal(_OTHER_INVOKE_ID_AND_PRIORITY, asked).encode(), "the same GET with another invoke-id"
            )
