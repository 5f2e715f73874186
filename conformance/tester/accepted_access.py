"""Accepted reactions to ACCESS: a response that answers its request, element by element."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.access import (
    AccessAction,
    AccessGet,
    AccessOutcome,
    AccessRequest,
    AccessResponse,
    AccessService,
    AccessSet,
    AccessSpecification,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult, label_of
from conformance.dlms.xdlms.invoke_id import SELF_DESCRIPTIVE, describe_long
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen

_ROOT = "access-response"
_DATA = f"{_ROOT}.access-response-list-of-data"
_RESULTS = f"{_ROOT}.access-response-specification"
_SUCCESS = 0

Wanted = Sequence[bool | None]
"""For each element: whether it must succeed, or None where it may do either."""


def answers(request: AccessRequest, wanted: Wanted | None = None) -> Expectation:
    """An access-response to this request: its header, one datum and one result for each specification, in order.

    Args:
        request: what was asked.
        wanted: which elements must succeed and which must fail; None leaves all of them open.
    """
    open_ended: Wanted = [None] * len(request.specifications)
    asked = open_ended if wanted is None else wanted

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "an access-response")
        if mismatch is not None:
            return mismatch
        response = response_of(reaction)
        if response is None or not isinstance(reaction, Reply):
            return Mismatch(f"no access-response: {seen(reaction)}", closeness=2)
        if reaction.deviations:
            return Mismatch(f"the access-response is not legal: {reaction.deviations[0]}", _ROOT, closeness=3)
        return _header(request, response) or _lists(request, response) or _elements(request, response, asked)

    words = "an access-response with one datum and one result for each specification, in order"
    if wanted is not None:
        words += ": " + ", ".join(_words(good) for good in wanted)
    return expectation(words, match, _RESULTS)


def response_of(reaction: Reaction) -> AccessResponse | None:
    """The access-response; None where the reaction is none."""
    value = reaction.value if isinstance(reaction, Reply) else None
    return value if isinstance(value, AccessResponse) else None


def described(outcome: AccessOutcome, data: Data) -> str:
    """One element of a response in words."""
    results = ActionResult if outcome.service is AccessService.ACTION else DataAccessResult
    empty = data.type is DataType.NULL_DATA
    return f"{outcome.service.label} {label_of(results, outcome.result)}{'' if empty else ' with data'}"


def service_of(specification: AccessSpecification) -> AccessService:
    """Which service a specification asks for."""
    match specification:
        case AccessGet():
            return AccessService.GET
        case AccessSet():
            return AccessService.SET
        case AccessAction():
            return AccessService.ACTION


def _header(request: AccessRequest, response: AccessResponse) -> Mismatch | None:
    sent, given = request.long_invoke_id_and_priority, response.long_invoke_id_and_priority
    if (sent ^ given) & ~SELF_DESCRIPTIVE:
        reason = f"long-invoke-id-and-priority {describe_long(given)}; the request had {describe_long(sent)}"
        return Mismatch(reason, f"{_ROOT}.long-invoke-id-and-priority", closeness=3)
    path = f"{_ROOT}.access-request-specification"
    if response.specifications is None:
        if sent & SELF_DESCRIPTIVE:
            return Mismatch("a self-descriptive request, and a response without its specifications", path, closeness=4)
    elif response.specifications != request.specifications:
        return Mismatch("the specifications in the response are not those of the request", path, closeness=4)
    return None


def _lists(request: AccessRequest, response: AccessResponse) -> Mismatch | None:
    wanted = len(request.specifications)
    for name, path, found in (("data", _DATA, len(response.data)), ("results", _RESULTS, len(response.results))):
        if found != wanted:
            return Mismatch(f"{found} {name} for {wanted} specifications", path, closeness=5)
    return None


def _elements(request: AccessRequest, response: AccessResponse, wanted: Wanted) -> Mismatch | None:
    elements = zip(request.specifications, response.data, response.results, wanted, strict=True)
    for number, (specification, data, outcome, good) in enumerate(elements, 1):
        told = f"element {number}: {described(outcome, data)}"
        service = service_of(specification)
        if outcome.service is not service:
            return Mismatch(f"{told}; a {service.label} was asked for", _RESULTS, closeness=6)
        succeeded = outcome.result == _SUCCESS
        if good is not None and succeeded is not good:
            return Mismatch(f"{told}; {_words(good)} expected", _RESULTS, closeness=7)
        if data.type is not DataType.NULL_DATA and (service is AccessService.SET or not succeeded):
            return Mismatch(f"{told}; null-data expected, as nothing was read", _DATA, closeness=7)
    return None


def _words(good: bool | None) -> str:
    return "anything" if good is None else "success" if good else "an error"
