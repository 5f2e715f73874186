"""Any value of any xDLMS service comes back from its octets as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import apdu
from conformance.dlms.data import values
from conformance.dlms.xdlms import access, action, get, read, write
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.confirmed_service_error import VALUES, ConfirmedServiceError
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.information_report import InformationReportRequest
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)

U8 = st.integers(0, 0xFF)
U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFF_FFFF)
I8 = st.integers(-0x80, 0x7F)
RAW = st.one_of(st.binary(max_size=40), st.binary(min_size=128, max_size=300))
DATE_TIME = st.one_of(st.just(b""), st.binary(min_size=12, max_size=12))
LEAF = st.one_of(
    st.just(values.null()),
    U8.map(values.unsigned),
    U16.map(values.long_unsigned),
    U32.map(values.double_long_unsigned),
    I8.map(values.integer),
    st.booleans().map(values.boolean),
    st.binary(max_size=20).map(values.octet_string),
    st.text(st.characters(max_codepoint=0x7F), max_size=10).map(values.visible_string),
)
DATA = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: values.structure(*items)),
        st.lists(inner, max_size=4).map(lambda items: values.array(*items)),
    ),
    max_leaves=8,
)
RESULT = st.one_of(DATA, U8)


def tuples(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(strategy, max_size=4).map(tuple)


NAME = st.binary(min_size=6, max_size=6)
ATTRIBUTE = st.builds(AttributeDescriptor, U16, NAME, I8)
METHOD = st.builds(MethodDescriptor, U16, NAME, I8)
ACCESS = st.builds(SelectiveAccess, U8, DATA)
MAYBE_ACCESS = st.one_of(st.none(), ACCESS)
SELECTED = tuples(st.tuples(ATTRIBUTE, MAYBE_ACCESS))
BLOCK = st.builds(DataBlock, st.booleans(), U32, RAW)
OUTCOME = st.builds(action.ActionOutcome, U8, st.one_of(st.none(), RESULT))
VARIABLES = tuples(
    st.one_of(
        st.builds(VariableName, U16),
        st.builds(ParameterisedAccess, U16, U8, DATA),
        st.builds(BlockNumberAccess, U16),
        st.builds(ReadDataBlockAccess, st.booleans(), U16, RAW),
        st.builds(WriteDataBlockAccess, st.booleans(), U16),
    )
)
READ_RESULT = st.one_of(
    DATA,
    st.builds(read.DataAccessError, U8),
    st.builds(read.DataBlockResult, st.booleans(), U16, RAW),
    st.builds(read.BlockNumber, U16),
)
WRITE_RESULT = st.one_of(
    st.just(write.WriteSuccess()), st.builds(read.DataAccessError, U8), st.builds(read.BlockNumber, U16)
)
SPECIFICATIONS = tuples(
    st.one_of(
        st.builds(access.AccessGet, ATTRIBUTE, MAYBE_ACCESS),
        st.builds(access.AccessSet, ATTRIBUTE, MAYBE_ACCESS),
        st.builds(access.AccessAction, METHOD),
    )
)
ACCESS_OUTCOME = st.builds(access.AccessOutcome, st.sampled_from(access.AccessService), U8)
EXCEPTION = st.one_of(
    st.builds(ExceptionResponse, st.integers(1, 2), st.integers(1, 5)),
    st.builds(ExceptionResponse, st.integers(1, 2), st.just(6), U32),
)
SERVICE_ERROR = st.sampled_from(sorted(VALUES)).flatmap(
    lambda category: st.builds(
        ConfirmedServiceError, st.integers(1, 19), st.just(category), st.integers(0, len(VALUES[category]) - 1)
    )
)

APDUS = {
    "get-request-normal": st.builds(get.GetRequestNormal, U8, ATTRIBUTE, MAYBE_ACCESS),
    "get-request-next": st.builds(get.GetRequestNext, U8, U32),
    "get-request-with-list": st.builds(get.GetRequestWithList, U8, SELECTED),
    "get-response-normal": st.builds(get.GetResponseNormal, U8, RESULT),
    "get-response-with-datablock": st.builds(get.GetResponseWithDatablock, U8, st.booleans(), U32, st.one_of(RAW, U8)),
    "get-response-with-list": st.builds(get.GetResponseWithList, U8, tuples(RESULT)),
    "set-request-normal": st.builds(set_service.SetRequestNormal, U8, ATTRIBUTE, MAYBE_ACCESS, DATA),
    "set-request-with-first-datablock": st.builds(
        set_service.SetRequestWithFirstDatablock, U8, ATTRIBUTE, MAYBE_ACCESS, BLOCK
    ),
    "set-request-with-datablock": st.builds(set_service.SetRequestWithDatablock, U8, BLOCK),
    "set-request-with-list": st.builds(set_service.SetRequestWithList, U8, SELECTED, tuples(DATA)),
    "set-request-with-list-and-first-datablock": st.builds(
        set_service.SetRequestWithListAndFirstDatablock, U8, SELECTED, BLOCK
    ),
    "set-response-normal": st.builds(set_service.SetResponseNormal, U8, U8),
    "set-response-datablock": st.builds(set_service.SetResponseDatablock, U8, U32),
    "set-response-last-datablock": st.builds(set_service.SetResponseLastDatablock, U8, U8, U32),
    "set-response-last-datablock-with-list": st.builds(
        set_service.SetResponseLastDatablockWithList, U8, tuples(U8), U32
    ),
    "set-response-with-list": st.builds(set_service.SetResponseWithList, U8, tuples(U8)),
    "action-request-normal": st.builds(action.ActionRequestNormal, U8, METHOD, st.one_of(st.none(), DATA)),
    "action-request-next-pblock": st.builds(action.ActionRequestNextPblock, U8, U32),
    "action-request-with-list": st.builds(action.ActionRequestWithList, U8, tuples(METHOD), tuples(DATA)),
    "action-request-with-first-pblock": st.builds(action.ActionRequestWithFirstPblock, U8, METHOD, BLOCK),
    "action-request-with-list-and-first-pblock": st.builds(
        action.ActionRequestWithListAndFirstPblock, U8, tuples(METHOD), BLOCK
    ),
    "action-request-with-pblock": st.builds(action.ActionRequestWithPblock, U8, BLOCK),
    "action-response-normal": st.builds(action.ActionResponseNormal, U8, U8, st.one_of(st.none(), RESULT)),
    "action-response-with-pblock": st.builds(action.ActionResponseWithPblock, U8, BLOCK),
    "action-response-with-list": st.builds(action.ActionResponseWithList, U8, tuples(OUTCOME)),
    "action-response-next-pblock": st.builds(action.ActionResponseNextPblock, U8, U32),
    "read-request": st.builds(read.ReadRequest, VARIABLES),
    "read-response": st.builds(read.ReadResponse, tuples(READ_RESULT)),
    "write-request": st.builds(write.WriteRequest, VARIABLES, tuples(DATA)),
    "unconfirmed-write-request": st.builds(write.UnconfirmedWriteRequest, VARIABLES, tuples(DATA)),
    "write-response": st.builds(write.WriteResponse, tuples(WRITE_RESULT)),
    "information-report-request": st.builds(
        InformationReportRequest, st.one_of(st.none(), st.binary(max_size=20)), VARIABLES, tuples(DATA)
    ),
    "event-notification-request": st.builds(EventNotificationRequest, st.one_of(st.none(), DATE_TIME), ATTRIBUTE, DATA),
    "data-notification": st.builds(DataNotification, U32, DATE_TIME, DATA),
    "data-notification-confirm": st.builds(DataNotificationConfirm, U32, DATE_TIME),
    "exception-response": EXCEPTION,
    "confirmed-service-error": SERVICE_ERROR,
    "access-request": st.builds(access.AccessRequest, U32, DATE_TIME, SPECIFICATIONS, tuples(DATA)),
    "access-response": st.builds(
        access.AccessResponse,
        U32,
        DATE_TIME,
        st.one_of(st.none(), SPECIFICATIONS),
        tuples(DATA),
        tuples(ACCESS_OUTCOME),
    ),
    "general-block-transfer": st.builds(
        GeneralBlockTransfer, st.booleans(), st.booleans(), st.integers(0, 63), U16, U16, RAW
    ),
    "general-signing": st.builds(GeneralSigning, RAW, RAW, RAW, RAW, RAW, RAW, RAW),
}


@pytest.mark.parametrize("name", APDUS)
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_every_apdu_survives_encoding_and_decoding(name: str, data: st.DataObject) -> None:
    value = data.draw(APDUS[name])
    octets = value.encode()
    assert apdu.decode(octets) == value
    dissection = apdu.dissect(octets)
    assert dissection.value == value
    assert dissection.deviations == ()
    choice = dissection.root.find(f"{dissection.root.name}.choice")
    assert name == (choice.value if choice is not None and octets[0] != 0x0E else dissection.root.name)
