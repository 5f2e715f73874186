"""Whether an association still answers: the plain question that every meter can answer."""

from __future__ import annotations

from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.tester.accepted_services import data
from conformance.tester.association import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY, Association
from conformance.tester.expectation import Expectation
from conformance.tester.stimulus import Stimulus, apdu

ALIVE: Expectation = data(octet_string(ASSOCIATION_LN))
"""The logical name of the current association, 0-0:40.0.0.255."""


def question(association: Association) -> Stimulus:
    """GET (LN) or Read (SN) of the current association's logical name."""
    if association.settings.short_names:
        return apdu(
            ReadRequest((VariableName(SN_VAA_NAME),)).encode(), "Read of the current association's logical_name"
        )
    attribute = AttributeDescriptor(15, ASSOCIATION_LN, 1)
    request = GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute)
    return apdu(request.encode(), "GET of the current association's logical_name")
