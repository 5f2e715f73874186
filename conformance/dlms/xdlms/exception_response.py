"""ExceptionResponse: a server with logical names cannot process an APDU at all (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.acse.enumerations import Labelled, named
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.enumerations import label_of
from conformance.dlms.xdlms.sequence import encode_unsigned, read_tag

TAG = 0xD8


class StateError(Labelled):
    """state-error: whether the service fits the state of the association."""

    SERVICE_NOT_ALLOWED = 1, "service-not-allowed"
    SERVICE_UNKNOWN = 2, "service-unknown"


class ExceptionServiceError(Labelled):
    """service-error: why the service is not served; earlier editions have the first three only."""

    OPERATION_NOT_POSSIBLE = 1, "operation-not-possible"
    SERVICE_NOT_SUPPORTED = 2, "service-not-supported"
    OTHER_REASON = 3, "other-reason"
    PDU_TOO_LONG = 4, "pdu-too-long"
    DECIPHERING_ERROR = 5, "deciphering-error"
    INVOCATION_COUNTER_ERROR = 6, "invocation-counter-error"


_INVOCATION_COUNTER_ERROR = 6


@dataclass(frozen=True, slots=True)
class ExceptionResponse:
    """ExceptionResponse of IEC 62056-5-3.

    Attributes:
        state_error: a `StateError`, or whatever number came.
        service_error: an `ExceptionServiceError`, or whatever number came.
        invocation_counter: Unsigned32 that goes with invocation-counter-error: the counter that the server expects
            at least; None with any other service-error.
    """

    state_error: int
    service_error: int
    invocation_counter: int | None = None

    def encode(self) -> bytes:
        """The APDU.

        Raises:
            EncodeError: an invocation counter without invocation-counter-error, or the other way round.
        """
        counter = self.invocation_counter
        if (self.service_error == _INVOCATION_COUNTER_ERROR) != (counter is not None):
            raise EncodeError("an invocation counter goes with invocation-counter-error (6), and with nothing else")
        head = b"\xd8" + encode_unsigned(self.state_error, 1, "state-error")
        head += encode_unsigned(self.service_error, 1, "service-error")
        return head if counter is None else head + encode_unsigned(counter, 4, "invocation-counter-error")

    def describe(self) -> str:
        """What it says: `service-not-allowed / operation-not-possible`."""
        text = f"{label_of(StateError, self.state_error)} / {label_of(ExceptionServiceError, self.service_error)}"
        return text if self.invocation_counter is None else f"{text}, expected counter {self.invocation_counter}"


def read(reader: Reader) -> ExceptionResponse:
    """Take an exception-response: `state-error`, `service-error` and, with 6, `invocation-counter-error`.

    Deviations: `state-error-unknown`, `service-error-unknown` for values that the standard does not define.
    """
    read_tag(reader, TAG, "exception-response")
    state_error = _read_error(reader, "state-error", StateError)
    service_error = _read_error(reader, "service-error", ExceptionServiceError)
    counter: int | None = None
    if service_error == _INVOCATION_COUNTER_ERROR:
        counter = reader.unsigned("invocation-counter-error", 4)
    return ExceptionResponse(state_error, service_error, counter)


def _read_error(reader: Reader, name: str, enumeration: type[Labelled]) -> int:
    value = reader.u8(name)
    if reader.recorder is not None:
        reader.meaning(named(enumeration, value))
    if not 1 <= value <= len(enumeration):
        reader.deviation(f"{name}-unknown", f"{name} {value} is not defined; 1 to {len(enumeration)} are", back=1)
    return value
