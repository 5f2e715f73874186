"""Services that an association with logical names does not serve."""

from conformance.device.model import Permission, Protection
from conformance.dlms.data.values import null, octet_string
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, IdentifiedKey
from conformance.dlms.xdlms.access import AccessGet, AccessRequest
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.information_report import InformationReportRequest
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.notification import DataNotification
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest
from conformance.harness.applicability import ciphered, does_not_negotiate, logical_names, not_ciphered, protections
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import released
from conformance.tester.accepted_services import exception, silence
from conformance.tester.association import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.expectation import Expectation
from conformance.tester.stimulus import apdu, raw

_REFUSED: Expectation = exception()
_REFUSED_OR_SILENT: Expectation = exception() | silence()
"""To a service that is unconfirmed by its nature."""
_UNPROTECTED = ConformanceBit.GENERAL_PROTECTION
_NO_GENERAL = does_not_negotiate(_UNPROTECTED)
_SERVICE_SPECIFIC = protections(Protection.GLO, Protection.DED)

_LOGICAL_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_OWN_NAME = octet_string(ASSOCIATION_LN)
_ASSOCIATION_SN = (VariableName(SN_VAA_NAME),)
_GET = GetRequestNormal(INVOKE_ID_AND_PRIORITY, _LOGICAL_NAME).encode()

# Ciphered APDUs for associations that have no keys: the content is of a legal form, and nothing more.
_CONTROL = SecurityControl(authenticated=True, encrypted=True)
_TITLE = bytes.fromhex("5844434C49454E54")
_CONTENT = bytes(range(len(_GET) + 12))
