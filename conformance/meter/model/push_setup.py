"""Push setup, class_id 40, versions 0 to 2 (IEC 62056-6-2): what is pushed, whereto, when, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.cosem.names import ClassId
from conformance.cosem.push_setup import (
    LAST_ATTRIBUTE,
    PUSH,
    RESET,
    MessageType,
    PushOperationMethod,
    TransportService,
)
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    date_time,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import AccessMode, MethodAccessMode, by_level
from conformance.meter.model.associations import AccessLevel, AssociationProfile
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.meter_time import moment, seconds_of
from conformance.meter.model.push_order import PushOrder, PushProtection, RepetitionDelay
from conformance.meter.model.session import MethodOutcome, Session

_NEVER: Final = CosemDateTime()
_RIGHTS: Final = by_level(
    public=AccessMode.NO_ACCESS, reading=AccessMode.READ_ONLY, management=AccessMode.READ_AND_WRITE
)
_MOST_OBJECTS: Final = 32
_LARGEST_SHARE: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class PushPlan:
    """How a Push setup object leaves the factory.

    Attributes:
        version: of the class, 0 to 2.
        objects: what is pushed: whole attributes.
        service: transport_service.
        destination: HOST:PORT; empty on the line of the association.
        client_sap: push_client_SAP; in version 0, which has none, that of the push association.
        protection: what the push association demands.
        levels: of the associations that may invoke push.
        confirmed: push_operation_method is confirmed; version 2 only.
        retries: number_of_retries.
        delay_s: repetition_delay, in version 2 its shortest and its longest.
    """

    version: int
    objects: tuple[AttributeDescriptor, ...]
    service: TransportService
    destination: str
    client_sap: int
    protection: PushProtection
    levels: frozenset[AccessLevel] = frozenset((AccessLevel.MANAGEMENT,))
    confirmed: bool = False
    retries: int = 2
    delay_s: int = 3


@dataclass(slots=True)
class PushSetup:
    """One object of a logical device; its clock begins a push only within a communication window.

    Restrictions and columns of version 2 are kept and shown; what is pushed are whole attributes.
    """

    device: LogicalDevice
    instance: bytes
    plan: PushPlan
    _held: dict[int, Data] = field(default_factory=dict)

    def build(self) -> CosemObject:
        """The object; the management client may change all of it but the time of the last confirmation."""
        self._held = _factory_values(self.instance, self.plan)
        numbers = range(2, LAST_ATTRIBUTE[self.plan.version] + 1)
        methods = [Method(PUSH, self._push, self._push_rights)]
        if self.plan.version == 2:
            methods.append(Method(RESET, self._reset, self._push_rights))
        return CosemObject(
            ClassId.PUSH_SETUP,
            self.plan.version,
            self.instance,
            [Attribute(number, self._reader(number), _RIGHTS, self._writer(number)) for number in numbers],
            methods,
        )

    def confirmed_at(self, now: float) -> None:
        """Keep the time of the last confirmation, which version 2 tells."""
        if self.plan.version == 2:
            self._held[13] = date_time(CosemDateTime.from_datetime(moment(now)))

    def _reader(self, number: int) -> Callable[[Session, float], Data]:
        return lambda _session, _now: self._held[number]

    def _writer(self, number: int) -> Callable[[Session, float, Data], DataAccessResult] | None:
        if number == 13:
            return None

        def write(_session: Session, _now: float, value: Data) -> DataAccessResult:
            if not _alike(value, self._held[number]):
                return DataAccessResult.TYPE_UNMATCHED
            if not _usable(number, value):
                return DataAccessResult.OTHER_REASON
            self._held[number] = value
            return DataAccessResult.SUCCESS

        return write

    def _push_rights(self, profile: AssociationProfile) -> MethodAccessMode:
        allowed = self._allowed(profile) or "push-refused-yet-sent" in self._faults
        return MethodAccessMode.ACCESS if allowed else MethodAccessMode.NO_ACCESS

    def _allowed(self, profile: AssociationProfile) -> bool:
        return profile.access_level in self.plan.levels or "push-for-anybody" in self._faults

    def _push(self, session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        sound = parameters is not None and parameters.type is DataType.INTEGER
        if not sound and "push-parameter-not-checked" not in self._faults:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        notifier = self.device.notifier
        if notifier is None:
            return MethodOutcome(ActionResult.TEMPORARY_FAILURE)
        if "push-success-without-sending" in self._faults:
            return MethodOutcome(ActionResult.SUCCESS)
        order = self._order(session, now)
        if order is None or not notifier.push(order, session, now):
            return MethodOutcome(ActionResult.TEMPORARY_FAILURE)
        if not self._allowed(session.profile):
            return MethodOutcome(ActionResult.READ_WRITE_DENIED)
        return MethodOutcome(ActionResult.SUCCESS)

    def _reset(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        self._held[13] = date_time(_NEVER)
        return MethodOutcome(ActionResult.SUCCESS)

    def _order(self, session: Session, now: float) -> PushOrder | None:
        """The push as it is set up at this moment; None where no window is open, or it goes where none can."""
        service, destination, _ = self._held[3].value
        window_s = self._window_s(now)
        if window_s is None or service.value not in (TransportService.TCP, TransportService.UDP, TransportService.HDLC):
            return None
        version, plan = self.plan.version, self.plan
        delay = self._held[7]
        confirmed = version == 2 and self._held[11].value == PushOperationMethod.CONFIRMED
        order = PushOrder(
            service=TransportService(service.value),
            destination=destination.value.decode("ascii", "replace"),
            client_sap=plan.client_sap if version == 0 else self._held[9].value,
            protection=plan.protection,
            confirmed=confirmed,
            retries=self._held[6].value,
            delay=RepetitionDelay(*(part.value for part in delay.value))
            if delay.type is DataType.STRUCTURE
            else RepetitionDelay(delay.value),
            start_s=window_s + self._share() * self._held[5].value,
            body=self._body(session, now),
            told=self.confirmed_at,
        )
        if "push-to-another-port" in self._faults:
            host, _, port = order.destination.rpartition(":")
            order = replace(order, destination=f"{host}:{int(port or 0) + 7}")
        if "push-over-another-service" in self._faults and order.service is TransportService.TCP:
            order = replace(order, service=TransportService.UDP)
        return order

    def _body(self, session: Session, now: float) -> Data:
        """The values of push_object_list, in its order; null-data for one that the push client must not see."""
        client = self.device.profile(self.plan.client_sap) or session.profile
        reader = Session(client, status=session.status, request_authenticated=True)
        values = []
        for entry in self._held[2].value:
            class_id, logical_name, attribute = (part.value for part in entry.value[:3])
            found = self.device.read(AttributeDescriptor(class_id, logical_name, attribute), None, reader, now)
            values.append(found if isinstance(found, Data) else null())
        if "push-object-missing" in self._faults:
            del values[-1]
        if "push-objects-in-another-order" in self._faults:
            values.reverse()
        return structure(*values)

    def _window_s(self, now: float) -> float | None:
        """Seconds until a communication window is open; 0 while one is, or none is set; None when all are over."""
        windows = [tuple(_seconds(part) for part in window.value) for window in self._held[4].value]
        if not windows or any(start <= now <= end for start, end in windows):
            return 0.0
        return min((start - now for start, _ in windows if start > now), default=None)

    def _share(self) -> float:
        """Of randomisation_start_interval: anything from 0 to 1."""
        security = self.device.security
        drawn = 0 if security is None or not self._held[5].value else int.from_bytes(security.draw(2), "big")
        return drawn / _LARGEST_SHARE

    @property
    def _faults(self) -> frozenset[str]:
        return frozenset() if self.device.security is None else self.device.security.faults


def _factory_values(instance: bytes, plan: PushPlan) -> dict[int, Data]:
    own = AttributeDescriptor(ClassId.PUSH_SETUP, instance, 1)
    delay = plan.delay_s
    return {
        2: array(*(_pushed(item, plan.version) for item in (own, *plan.objects))),
        3: structure(
            enum(plan.service), octet_string(plan.destination.encode()), enum(MessageType.A_XDR_ENCODED_XDLMS_APDU)
        ),
        4: array(),
        5: long_unsigned(0),
        6: unsigned(plan.retries),
        7: long_unsigned(delay)
        if plan.version < 2
        else structure(long_unsigned(delay), long_unsigned(100), long_unsigned(delay)),
        8: octet_string(b""),
        9: integer(plan.client_sap),
        10: array(),
        11: enum(PushOperationMethod.CONFIRMED if plan.confirmed else PushOperationMethod.UNCONFIRMED_RETRY_ON_FAILURE),
        12: structure(date_time(_NEVER), double_long_unsigned(0)),
        13: date_time(_NEVER),
    }


def _pushed(item: AttributeDescriptor, version: int) -> Data:
    """push_object_definition: version 1 adds restriction_element, none here; version 2 adds columns, all here."""
    parts = [
        long_unsigned(item.class_id),
        octet_string(item.instance_id),
        integer(item.attribute_id),
        long_unsigned(0),
    ]
    if version >= 1:
        parts.append(structure(enum(0), null()))
    if version >= 2:
        parts.append(array())
    return structure(*parts)


def _alike(value: Data, held: Data) -> bool:
    """Whether a value has the type of the one that is there, and a structure the types of its elements."""
    if value.type is not held.type:
        return False
    if held.type is not DataType.STRUCTURE:
        return True
    return len(value.value) == len(held.value) and all(map(_alike, value.value, held.value))


def _usable(number: int, value: Data) -> bool:
    """Whether this meter can do what a value of the right type asks for."""
    if number == 2:
        return len(value.value) <= _MOST_OBJECTS and all(_names_attribute(entry) for entry in value.value)
    if number == 4:
        return all(
            entry.type is DataType.STRUCTURE
            and len(entry.value) == 2
            and all(_seconds(part) >= 0 for part in entry.value)
            for entry in value.value
        )
    if number == 11:
        return value.value in tuple(PushOperationMethod)
    return True


def _names_attribute(entry: Data) -> bool:
    """Whether an element of push_object_list names a whole attribute."""
    if entry.type is not DataType.STRUCTURE or len(entry.value) not in (4, 5, 6):
        return False
    kinds = tuple(part.type for part in entry.value[:4])
    wanted = (DataType.LONG_UNSIGNED, DataType.OCTET_STRING, DataType.INTEGER, DataType.LONG_UNSIGNED)
    return kinds == wanted and len(entry.value[1].value) == 6 and entry.value[2].value > 0 and not entry.value[3].value


def _seconds(value: Data) -> float:
    """Seconds from the epoch of the meter; negative for what is no single moment."""
    found = seconds_of(value)
    return -1.0 if found is None else found
