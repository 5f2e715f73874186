"""Access-Request and Access-Response: several GET, SET and ACTION in one exchange (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.acse.enumerations import Labelled
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import invoke_id
from conformance.dlms.xdlms.attribute import (
    AttributeDescriptor,
    MethodDescriptor,
    SelectiveAccess,
    read_access,
    read_attribute,
    read_method,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.notification import read_date_time
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_list,
    encode_unsigned,
    read_choice,
    read_list,
    read_presence,
    read_result,
    read_tag,
)

REQUEST_TAG = 0xD9
RESPONSE_TAG = 0xDA


class AccessService(Labelled):
    """What one specification asks for: the choice of Access-Request- and Access-Response-Specification."""

    GET = 1, "get"
    SET = 2, "set"
    ACTION = 3, "action"


@dataclass(frozen=True, slots=True)
class AccessGet:
    """access-request-get [1], or access-request-get-with-selection [4] where there is an `access`."""

    attribute: AttributeDescriptor
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The choice and what it holds."""
        if self.access is None:
            return b"\x01" + self.attribute.encode()
        return b"\x04" + self.attribute.encode() + self.access.encode()


@dataclass(frozen=True, slots=True)
class AccessSet:
    """access-request-set [2], or access-request-set-with-selection [5] where there is an `access`."""

    attribute: AttributeDescriptor
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The choice and what it holds."""
        if self.access is None:
            return b"\x02" + self.attribute.encode()
        return b"\x05" + self.attribute.encode() + self.access.encode()


@dataclass(frozen=True, slots=True)
class AccessAction:
    """access-request-action [3]."""

    method: MethodDescriptor

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x03" + self.method.encode()


AccessSpecification = AccessGet | AccessSet | AccessAction


@dataclass(frozen=True, slots=True)
class AccessOutcome:
    """Access-Response-Specification: how one specification went.

    Attributes:
        service: which it was, an `AccessService`.
        result: a `DataAccessResult` for GET and SET, an `ActionResult` for ACTION, or whatever number came.
    """

    service: AccessService
    result: int

    def encode(self) -> bytes:
        """The choice and the result."""
        return bytes((self.service,)) + encode_unsigned(self.result, 1, "result")


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Access-Request of IEC 62056-5-3.

    Attributes:
        long_invoke_id_and_priority: Unsigned32.
        date_time: 12 octets of a date-time, or none.
        specifications: what is asked for, in order.
        data: for each specification its data, null-data for GET.
    """

    long_invoke_id_and_priority: int
    date_time: bytes
    specifications: tuple[AccessSpecification, ...]
    data: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU; the lists may differ in length, which a server has to refuse."""
        head = b"\xd9" + invoke_id.encode_long(self.long_invoke_id_and_priority) + axdr.sized(self.date_time)
        return head + _encode_specifications(self.specifications) + encode_list(map(codec.encode, self.data))


@dataclass(frozen=True, slots=True)
class AccessResponse:
    """Access-Response of IEC 62056-5-3.

    Attributes:
        long_invoke_id_and_priority: as in the request.
        date_time: 12 octets of a date-time, or none.
        specifications: those of the request; None where they were not asked for (self-descriptive).
        data: for each specification its data, null-data where there is none.
        results: for each specification how it went.
    """

    long_invoke_id_and_priority: int
    date_time: bytes
    specifications: tuple[AccessSpecification, ...] | None
    data: tuple[Data, ...]
    results: tuple[AccessOutcome, ...]

    def encode(self) -> bytes:
        """The APDU."""
        asked = self.specifications
        return (
            b"\xda"
            + invoke_id.encode_long(self.long_invoke_id_and_priority)
            + axdr.sized(self.date_time)
            + (b"\x00" if asked is None else b"\x01" + _encode_specifications(asked))
            + encode_list(map(codec.encode, self.data))
            + encode_list(outcome.encode() for outcome in self.results)
        )


def read_request(reader: Reader) -> AccessRequest:
    """Take an access-request. Deviation: `date-time-length`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, REQUEST_TAG, "access-request")
    return AccessRequest(
        invoke_id.read_long(reader),
        read_date_time(reader, "date-time"),
        read_list(reader, "access-request-specification", _specification),
        read_list(reader, "access-request-list-of-data", codec.read),
    )


def read_response(reader: Reader) -> AccessResponse:
    """Take an access-response. Deviations: `date-time-length`, `presence-not-boolean`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, RESPONSE_TAG, "access-response")
    invoke = invoke_id.read_long(reader)
    date_time = read_date_time(reader, "date-time")
    asked: tuple[AccessSpecification, ...] | None = None
    if read_presence(reader, "access-request-specification-present"):
        asked = read_list(reader, "access-request-specification", _specification)
    return AccessResponse(
        invoke,
        date_time,
        asked,
        read_list(reader, "access-response-list-of-data", codec.read),
        read_list(reader, "access-response-specification", _outcome),
    )


def _encode_specifications(specifications: tuple[AccessSpecification, ...]) -> bytes:
    return encode_list(specification.encode() for specification in specifications)


def _specification(reader: Reader) -> AccessSpecification:
    reader.enter("specification")
    specification = read_choice(reader, _SPECIFICATIONS)
    reader.leave()
    return specification


def _outcome(reader: Reader) -> AccessOutcome:
    reader.enter("specification")
    outcome = read_choice(reader, _OUTCOMES)
    reader.leave()
    return outcome


def _get(reader: Reader) -> AccessGet:
    return AccessGet(read_attribute(reader))


def _set(reader: Reader) -> AccessSet:
    return AccessSet(read_attribute(reader))


def _action(reader: Reader) -> AccessAction:
    return AccessAction(read_method(reader))


def _get_with_selection(reader: Reader) -> AccessGet:
    return AccessGet(read_attribute(reader), read_access(reader))


def _set_with_selection(reader: Reader) -> AccessSet:
    return AccessSet(read_attribute(reader), read_access(reader))


def _get_outcome(reader: Reader) -> AccessOutcome:
    return AccessOutcome(AccessService.GET, read_result(reader, "result", DataAccessResult))


def _set_outcome(reader: Reader) -> AccessOutcome:
    return AccessOutcome(AccessService.SET, read_result(reader, "result", DataAccessResult))


def _action_outcome(reader: Reader) -> AccessOutcome:
    return AccessOutcome(AccessService.ACTION, read_result(reader, "result", ActionResult))


_SPECIFICATIONS: dict[int, Alternative[AccessSpecification]] = {
    1: ("access-request-get", _get),
    2: ("access-request-set", _set),
    3: ("access-request-action", _action),
    4: ("access-request-get-with-selection", _get_with_selection),
    5: ("access-request-set-with-selection", _set_with_selection),
}
_OUTCOMES: dict[int, Alternative[AccessOutcome]] = {
    1: ("access-response-get", _get_outcome),
    2: ("access-response-set", _set_outcome),
    3: ("access-response-action", _action_outcome),
}
