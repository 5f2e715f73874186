"""One request of each xDLMS service that does no harm even where it is served: for tags that a meter must refuse."""

from __future__ import annotations

from conformance.device.model import Protection
from conformance.dlms.data.values import null, octet_string
from conformance.dlms.errors import EncodeError
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered, protected_tag
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, IdentifiedKey, KeyId
from conformance.dlms.xdlms.access import AccessGet, AccessRequest
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
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
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.stimulus import Stimulus, apdu, raw

_CLASS = 15
_LOGICAL_NAME = AttributeDescriptor(_CLASS, ASSOCIATION_LN, 1)
_OWN_NAME = octet_string(ASSOCIATION_LN)
_SHORT_NAME = (VariableName(SN_VAA_NAME),)
_LONG_INVOKE_ID_AND_PRIORITY = 0xC000_0001

_GET = GetRequestNormal(INVOKE_ID_AND_PRIORITY, _LOGICAL_NAME).encode()

GET = apdu(_GET, "GET of the current association's logical_name")
SET = apdu(
    SetRequestNormal(INVOKE_ID_AND_PRIORITY, _LOGICAL_NAME, None, _OWN_NAME).encode(),
    "SET of the current association's logical_name to what it is",
)
ACTION = apdu(
    ActionRequestNormal(INVOKE_ID_AND_PRIORITY, MethodDescriptor(_CLASS, ASSOCIATION_LN, 127)).encode(),
    "ACTION, method 127 of the current association, which no meter has",
)
ACCESS = apdu(
    AccessRequest(_LONG_INVOKE_ID_AND_PRIORITY, b"", (AccessGet(_LOGICAL_NAME),), (null(),)).encode(),
    "ACCESS, get of the current association's logical_name",
)
READ = apdu(ReadRequest(_SHORT_NAME).encode(), "Read of FA00")
WRITE = apdu(WriteRequest(_SHORT_NAME, (_OWN_NAME,)).encode(), "Write of FA00, to what it is")
UNCONFIRMED_WRITE = apdu(UnconfirmedWriteRequest(_SHORT_NAME, (_OWN_NAME,)).encode(), "UnconfirmedWrite of FA00")
INFORMATION_REPORT = apdu(
    InformationReportRequest(None, _SHORT_NAME, (_OWN_NAME,)).encode(), "InformationReport, a service of servers"
)
EVENT_NOTIFICATION = apdu(
    EventNotificationRequest(None, _LOGICAL_NAME, _OWN_NAME).encode(), "EventNotification, a service of servers"
)
DATA_NOTIFICATION = apdu(
    DataNotification(_LONG_INVOKE_ID_AND_PRIORITY, b"", _OWN_NAME).encode(), "DataNotification, a service of servers"
)
GENERAL_BLOCK_TRANSFER = apdu(
    GeneralBlockTransfer(
        last_block=True, streaming=False, window=1, block_number=1, block_number_ack=0, block_data=_GET
    ).encode(),
    "general-block-transfer of one block with a GET in it",
).under(Protection.NONE)
"""Blocks go around ciphering, never inside it."""
UNKNOWN = raw(bytes((0xC6,)) + _GET[1:], "APDU with the tag C6, which the standard assigns to none")

# For associations that have no keys: of a legal form, with a content that no key opens.
_CONTROL = SecurityControl(authenticated=True, encrypted=True)
_TITLE = bytes.fromhex("5844434C49454E54")
_COUNTER = 1
_CONTENT = bytes(range(len(_GET) + 12))

GLO_GET = raw(ServiceCiphered(0xC8, _CONTROL, _COUNTER, _CONTENT).encode(), "glo-get-request")
DED_GET = raw(ServiceCiphered(0xD0, _CONTROL, _COUNTER, _CONTENT).encode(), "ded-get-request")
GLO_READ = raw(ServiceCiphered(0x25, _CONTROL, _COUNTER, _CONTENT).encode(), "glo-read-request")
DED_READ = raw(ServiceCiphered(0x45, _CONTROL, _COUNTER, _CONTENT).encode(), "ded-read-request")
GENERAL_GLO = raw(GeneralGlobal(_TITLE, _CONTROL, _COUNTER, _CONTENT).encode(), "general-glo-ciphering")
GENERAL_DED = raw(GeneralDedicated(_TITLE, _CONTROL, _COUNTER, _CONTENT).encode(), "general-ded-ciphering")
GENERAL_CIPHERING = raw(
    GeneralCiphering(
        b"\x01", _TITLE, b"", b"", b"", IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY), _CONTROL, _COUNTER, _CONTENT
    ).encode(),
    "general-ciphering",
)
GENERAL_SIGNING = raw(
    GeneralSigning(b"\x01", _TITLE, b"", b"", b"", _GET, bytes(64)).encode(), "general-signing of a GET"
)


def as_far_as_it_goes(stimulus: Stimulus, protection: Protection) -> Stimulus:
    """`stimulus` without protection where the variant has no form for its tag: ACCESS has no service-specific one."""
    if stimulus.protection is None and protection in (Protection.GLO, Protection.DED):
        try:
            protected_tag(stimulus.octets[0], dedicated=protection.dedicated)
        except EncodeError:
            return stimulus.under(Protection.NONE)
    return stimulus
