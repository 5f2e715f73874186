"""ConfirmedServiceError: an xDLMS service failed as a whole (IEC 62056-5-3).

A server sends it in the AARE when it refuses the proposed xDLMS context, and in an association with short names when a
confirmed service cannot be served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conformance.dlms.acse.enumerations import Labelled, named
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.enumerations import label_of
from conformance.dlms.xdlms.sequence import encode_unsigned, read_tag

TAG = 0x0E


class ConfirmedService(Labelled):
    """The choice of ConfirmedServiceError: which service failed. DLMS/COSEM has 1, 5 and 6 only."""

    INITIATE_ERROR = 1, "initiateError"
    GET_STATUS = 2, "getStatus"
    GET_NAME_LIST = 3, "getNameList"
    GET_VARIABLE_ATTRIBUTE = 4, "getVariableAttribute"
    READ = 5, "read"
    WRITE = 6, "write"
    GET_DATA_SET_ATTRIBUTE = 7, "getDataSetAttribute"
    GET_TI_ATTRIBUTE = 8, "getTIAttribute"
    CHANGE_SCOPE = 9, "changeScope"
    START = 10, "start"
    STOP = 11, "stop"
    RESUME = 12, "resume"
    MAKE_USABLE = 13, "makeUsable"
    INITIATE_LOAD = 14, "initiateLoad"
    LOAD_SEGMENT = 15, "loadSegment"
    TERMINATE_LOAD = 16, "terminateLoad"
    INITIATE_UP_LOAD = 17, "initiateUpLoad"
    UP_LOAD_SEGMENT = 18, "upLoadSegment"
    TERMINATE_UP_LOAD = 19, "terminateUpLoad"


class ServiceError(Labelled):
    """The choice of ServiceError: what kind of trouble it is."""

    APPLICATION_REFERENCE = 0, "application-reference"
    HARDWARE_RESOURCE = 1, "hardware-resource"
    VDE_STATE_ERROR = 2, "vde-state-error"
    SERVICE = 3, "service"
    DEFINITION = 4, "definition"
    ACCESS = 5, "access"
    INITIATE = 6, "initiate"
    LOAD_DATA_SET = 7, "load-data-set"
    CHANGE_SCOPE = 8, "change-scope"
    TASK = 9, "task"
    OTHER = 10, "other"


class ApplicationReferenceError(Labelled):
    """application-reference: troubles of the provider."""

    OTHER = 0, "other"
    TIME_ELAPSED = 1, "time-elapsed"
    APPLICATION_UNREACHABLE = 2, "application-unreachable"
    APPLICATION_REFERENCE_INVALID = 3, "application-reference-invalid"
    APPLICATION_CONTEXT_UNSUPPORTED = 4, "application-context-unsupported"
    PROVIDER_COMMUNICATION_ERROR = 5, "provider-communication-error"
    DECIPHERING_ERROR = 6, "deciphering-error"


class HardwareResourceError(Labelled):
    """hardware-resource: troubles of the hardware."""

    OTHER = 0, "other"
    MEMORY_UNAVAILABLE = 1, "memory-unavailable"
    PROCESSOR_RESOURCE_UNAVAILABLE = 2, "processor-resource-unavailable"
    MASS_STORAGE_UNAVAILABLE = 3, "mass-storage-unavailable"
    OTHER_RESOURCE_UNAVAILABLE = 4, "other-resource-unavailable"


class VdeStateError(Labelled):
    """vde-state-error: the state of the virtual distribution equipment does not allow it."""

    OTHER = 0, "other"
    NO_DLMS_CONTEXT = 1, "no-dlms-context"
    LOADING_DATA_SET = 2, "loading-data-set"
    STATUS_NOCHANGE = 3, "status-nochange"
    STATUS_INOPERABLE = 4, "status-inoperable"


class ServiceHandlingError(Labelled):
    """service: troubles with handling the service."""

    OTHER = 0, "other"
    PDU_SIZE = 1, "pdu-size"
    SERVICE_UNSUPPORTED = 2, "service-unsupported"


class DefinitionError(Labelled):
    """definition: the object and the service do not go together."""

    OTHER = 0, "other"
    OBJECT_UNDEFINED = 1, "object-undefined"
    OBJECT_CLASS_INCONSISTENT = 2, "object-class-inconsistent"
    OBJECT_ATTRIBUTE_INCONSISTENT = 3, "object-attribute-inconsistent"


class AccessError(Labelled):
    """access: the object cannot be accessed."""

    OTHER = 0, "other"
    SCOPE_OF_ACCESS_VIOLATED = 1, "scope-of-access-violated"
    OBJECT_ACCESS_VIOLATED = 2, "object-access-violated"
    HARDWARE_FAULT = 3, "hardware-fault"
    OBJECT_UNAVAILABLE = 4, "object-unavailable"


class InitiateError(Labelled):
    """initiate: the proposed xDLMS context is refused."""

    OTHER = 0, "other"
    DLMS_VERSION_TOO_LOW = 1, "dlms-version-too-low"
    INCOMPATIBLE_CONFORMANCE = 2, "incompatible-conformance"
    PDU_SIZE_TOO_SHORT = 3, "pdu-size-too-short"
    REFUSED_BY_THE_VDE_HANDLER = 4, "refused-by-the-VDE-Handler"


class LoadDataSetError(Labelled):
    """load-data-set: troubles with loading a data set."""

    OTHER = 0, "other"
    PRIMITIVE_OUT_OF_SEQUENCE = 1, "primitive-out-of-sequence"
    NOT_LOADABLE = 2, "not-loadable"
    DATASET_SIZE_TOO_LARGE = 3, "dataset-size-too-large"
    NOT_AWAITED_SEGMENT = 4, "not-awaited-segment"
    INTERPRETATION_FAILURE = 5, "interpretation-failure"
    STORAGE_FAILURE = 6, "storage-failure"
    DATA_SET_NOT_READY = 7, "data-set-not-ready"


class TaskError(Labelled):
    """task: troubles with a task invocation."""

    OTHER = 0, "other"
    NO_REMOTE_CONTROL = 1, "no-remote-control"
    TI_STOPPED = 2, "ti-stopped"
    TI_RUNNING = 3, "ti-running"
    TI_UNUSABLE = 4, "ti-unusable"


VALUES: Mapping[int, type[Labelled]] = MappingProxyType(
    {
        ServiceError.APPLICATION_REFERENCE: ApplicationReferenceError,
        ServiceError.HARDWARE_RESOURCE: HardwareResourceError,
        ServiceError.VDE_STATE_ERROR: VdeStateError,
        ServiceError.SERVICE: ServiceHandlingError,
        ServiceError.DEFINITION: DefinitionError,
        ServiceError.ACCESS: AccessError,
        ServiceError.INITIATE: InitiateError,
        ServiceError.LOAD_DATA_SET: LoadDataSetError,
        ServiceError.TASK: TaskError,
    }
)
"""What the value means, for each `ServiceError` whose values the standard defines: not for change-scope and other."""


@dataclass(frozen=True, slots=True)
class ConfirmedServiceError:
    """ConfirmedServiceError of IEC 62056-5-3.

    Attributes:
        confirmed_service: which service failed, a `ConfirmedService`.
        category: what kind of trouble it is, a `ServiceError`.
        value: the trouble; `VALUES[category]` says what it means. A value without meaning stays a number.
    """

    confirmed_service: int
    category: int
    value: int

    def encode(self) -> bytes:
        """The APDU."""
        return (
            b"\x0e"
            + encode_unsigned(self.confirmed_service, 1, "choice")
            + encode_unsigned(self.category, 1, "service-error")
            + encode_unsigned(self.value, 1, "value")
        )

    def describe(self) -> str:
        """What it says: `initiateError / initiate / dlms-version-too-low`."""
        service = label_of(ConfirmedService, self.confirmed_service)
        meanings = VALUES.get(self.category)
        value = str(self.value) if meanings is None else label_of(meanings, self.value)
        return f"{service} / {label_of(ServiceError, self.category)} / {value}"


def read(reader: Reader) -> ConfirmedServiceError:
    """Take a confirmed-service-error: `choice` (the service), `service-error` (the category) and `value`.

    Deviations: `service-error-reserved` for change-scope, `service-error-value-unknown` for a value that the category
    does not have.

    Raises:
        DecodeError: for another tag, a service or category that is not defined, missing octets.
    """
    read_tag(reader, TAG, "confirmed-service-error")
    service = _read_choice(reader, "choice", ConfirmedService)
    category = _read_choice(reader, "service-error", ServiceError)
    if category == ServiceError.CHANGE_SCOPE:
        reader.deviation("service-error-reserved", "service-error change-scope (8) is reserved", back=1)
    value = reader.u8("value")
    meanings = VALUES.get(category)
    if meanings is not None:
        if reader.recorder is not None:
            reader.meaning(named(meanings, value))
        if value >= len(meanings):
            reader.deviation(
                "service-error-value-unknown", f"{label_of(ServiceError, category)} has no value {value}", back=1
            )
    return ConfirmedServiceError(service, category, value)


def _read_choice(reader: Reader, name: str, enumeration: type[Labelled]) -> int:
    value = reader.u8(name)
    if value not in enumeration._value2member_map_:
        legal = ", ".join(named(enumeration, member) for member in enumeration)
        reader.fail(f"{name} {value} is not defined", back=1, expected=legal)
    if reader.recorder is not None:
        reader.meaning(named(enumeration, value))
    return value
