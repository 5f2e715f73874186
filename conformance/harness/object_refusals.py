"""Whether what an object_list does not let a client do is refused: reading, and writing what then must not change."""

from __future__ import annotations

from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.inquiry import Attribute, Inquiry, nothing_to_ask
from conformance.harness.object_access import Reading, fits, read_request, write_request
from conformance.tester.accepted_services import access_error, exception, service_error
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.seen import access_result

READ_REFUSED: Expectation = access_error(DataAccessResult.READ_WRITE_DENIED) | tolerated(
    access_error(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED, DataAccessResult.OBJECT_UNAVAILABLE)
)
WRITE_REFUSED: Expectation = access_error(DataAccessResult.READ_WRITE_DENIED) | tolerated(
    access_error() | exception() | service_error()
)


def judge_unreadable(inquiry: Inquiry) -> None:
    """Ask for every attribute that may not be read; each is refused.

    Raises:
        Inapplicable: all may be read.
        PreambleFailed, Inconclusive: the association is lost for good.
    """
    asked = 0
    for listed in inquiry.objects:
        denied = [one for one in inquiry.attributes(listed) if inquiry.may_read(listed, one) is False]
        if denied:
            asked += len(denied)
            with inquiry.subtest.each(str(listed)):
                for attribute in denied:
                    reaction = inquiry.standing.request(read_request(listed, attribute.index, attribute.name))
                    inquiry.subtest.judge(reaction, READ_REFUSED, association=inquiry.standing.established())
    if not asked:
        nothing_to_ask(inquiry, "the object_list denies the reading of no attribute of")


def judge_unwriteable(inquiry: Inquiry) -> None:
    """Write what it holds to every attribute that may not be written; each is refused, and static ones stay the same.

    What cannot be read, and what does not fit into one APDU, is left alone: nothing is sent that could change a value.

    Raises:
        Inapplicable: there is nothing to ask.
        PreambleFailed, Inconclusive: the association is lost for good.
    """
    asked = 0
    for listed in inquiry.objects:
        denied = [one for one in inquiry.attributes(listed) if _denied(inquiry, listed, one)]
        if denied:
            asked += len(denied)
            with inquiry.subtest.each(str(listed)):
                _judge_denied(inquiry, listed, denied)
    if not asked:
        nothing_to_ask(inquiry, "the object_list denies the writing of no attribute that may be read of")


def _denied(inquiry: Inquiry, listed: ListedObject, attribute: Attribute) -> bool:
    return (
        inquiry.may_write(listed, attribute) is False
        and inquiry.may_read(listed, attribute) is True
        and not inquiry.bulky(attribute)
    )


def _judge_denied(inquiry: Inquiry, listed: ListedObject, attributes: list[Attribute]) -> None:
    subtest, left = inquiry.subtest, []
    for attribute in attributes:
        before = _held(inquiry, listed, attribute)
        if before is None:
            left.append(f"{attribute} left alone: it is not served")
            continue
        request = write_request(listed, attribute.index, attribute.name, before)
        if not fits(inquiry.standing, request):
            left.append(f"{attribute} left alone: it is long")
            continue
        subtest.judge(inquiry.standing.request(request), WRITE_REFUSED, association=inquiry.standing.established())
        if _static(attribute):
            _judge_unchanged(inquiry, attribute, before, inquiry.read(listed, attribute))
    refused = f"{len(attributes) - len(left)} writes refused, the static values unchanged"
    subtest.check(True, expected=str(WRITE_REFUSED), observed="; ".join([refused, *left]))


def _held(inquiry: Inquiry, listed: ListedObject, attribute: Attribute) -> Data | None:
    """What an attribute holds: logical_name is known from the list, anything else is read; None where it is refused."""
    if attribute.index == 1:
        return octet_string(listed.logical_name)
    result = inquiry.read(listed, attribute).result
    return result if isinstance(result, Data) else None


def _static(attribute: Attribute) -> bool:
    """Whether nothing but a write changes it; what the metering process sets may have counted on meanwhile."""
    return attribute.definition is not None and attribute.definition.kind == "static"


def _judge_unchanged(inquiry: Inquiry, attribute: Attribute, before: Data, after: Reading) -> None:
    found = after.result
    shown = describe(found) if isinstance(found, Data) else after.failure if found is None else access_result(found)
    inquiry.subtest.check(
        found == before,
        expected=f"{attribute} stays {describe(before)}",
        observed=f"{attribute}: after the refused write {shown}",
        frame=after.frame,
        path=after.path,
    )
