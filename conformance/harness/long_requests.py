"""A long request that changes nothing: get-request-with-list of one attribute, many times."""

from __future__ import annotations

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestWithList, GetResponseWithList
from conformance.harness.general_blocks import opened
from conformance.harness.trial import Trial
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, apdu

_TIMES = 32
_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)


def list_request() -> Stimulus:
    """GET of the current association's logical_name, many times in one list."""
    request = GetRequestWithList(INVOKE_ID_AND_PRIORITY, ((_NAME, None),) * _TIMES)
    return apdu(request.encode(), f"get-request-with-list of {_TIMES} times {_NAME}")


def list_reference(subtest: Trial) -> GetResponseWithList:
    """The reply to `list_request`, without general blocks, with the largest declared PDU.

    Raises:
        Inconclusive: the meter does not serve it so.
    """
    association = opened(subtest, subtest.settings.max_receive_pdu_size, negotiated=False)
    reaction = association.request(list_request())
    association.close()
    value = reaction.value if isinstance(reaction, Reply) else None
    if not isinstance(value, GetResponseWithList) or not all(isinstance(item, Data) for item in value.results):
        subtest.inconclusive(f"a list of {_TIMES} attributes is not served outside general blocks: {seen(reaction)}")
    return value
