"""What one logical device sends unasked: pushes with their repetitions, and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from conformance.cosem.names import CLOCK, ClassId
from conformance.cosem.push_setup import TransportService
from conformance.dlms import apdu as apdus
from conformance.dlms import wrapper
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DlmsError
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperPdu, WrapperStream
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.invoke_id import LONG_INVOKE_ID, LONG_SERVICE_CLASS
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.link.push_network import Exchange, PushNetwork, Transport
from conformance.meter.association import Association
from conformance.meter.ciphering import Ciphering, is_ciphered
from conformance.meter.ciphering_errors import StaleCounterError, UndecipherableError
from conformance.meter.invocation_counters import Lasting
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.meter_time import octets_at
from conformance.meter.model.push_order import PushOrder, PushProtection
from conformance.meter.model.session import AssociationStatus, Session
from conformance.meter.push.making import Recipient

_POLL_S: Final = 0.05
"""So often a meter that waits for a confirmation looks whether it has come."""
_MOST_AT_A_TIME: Final = 8
_MANAGEMENT_CLIENT: Final = 1
"""Events are reported to the client management application process."""
_INVALID_DATE_TIME: Final = bytes.fromhex("07EA0D20FF183C3C00000000")
_MANY_RETRIES: Final = 40
"""What a meter makes of a number of retries that it does not look at: more than any test waits for, and not endless."""
_TRANSPORTS: Final[dict[TransportService, Transport]] = {TransportService.TCP: "tcp", TransportService.UDP: "udp"}


@dataclass(slots=True)
class _Running:
    """A push on its way; `due` is when something is done about it next, `next_attempt` when it is sent again."""

    order: PushOrder
    session: Session
    notification: DataNotification
    due: float
    next_attempt: float = 0.0
    attempts: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    stream: WrapperStream = field(default_factory=WrapperStream)


class DeviceNotifier:
    """The pushes and events of one logical device.

    Attributes:
        network: what pushes over TCP and UDP are sent into; None for none: they fail.
    """

    def __init__(
        self,
        device: LogicalDevice,
        lasting: Lasting,
        faults: frozenset[str],
        association_of: Callable[[Session], Association | None],
    ) -> None:
        self.network: PushNetwork | None = None
        self._device = device
        self._faults = faults
        self._association_of = association_of
        self._ciphering = None if device.security is None else Ciphering(device.security, lasting, faults)
        self._invoke_id = 0
        self._running: list[_Running] = []

    def push(self, order: PushOrder, session: Session, now: float) -> bool:
        """Begin a push that `session` has asked for; whether it can be."""
        self._step([item for item in self._running if item.attempts], now)
        if len(self._running) >= _MOST_AT_A_TIME:
            return False
        if not self._protectable(order, session):
            return False
        self._invoke_id = 1 if "push-invoke-id-constant" in self._faults else (self._invoke_id + 1) & LONG_INVOKE_ID
        flag = LONG_SERVICE_CLASS if order.confirmed and "push-confirmed-not-said" not in self._faults else 0
        notification = DataNotification(self._invoke_id | flag, self._date_time(session, now), order.body)
        self._running.append(_Running(order, session, notification, now + order.start_s))
        return True

    def event(self, attribute: AttributeDescriptor, value: Data, now: float) -> None:
        """Report the value of an attribute to the management client, while its association stands."""
        for session in self._device.sessions:
            association = self._association_of(session)
            if (
                association is None
                or session.profile.client_sap != _MANAGEMENT_CLIENT
                or session.status is not AssociationStatus.ASSOCIATED
                or ConformanceBit.EVENT_NOTIFICATION not in session.conformance
            ):
                continue
            if "event-names-another-attribute" in self._faults:
                attribute = AttributeDescriptor(attribute.class_id, attribute.instance_id, attribute.attribute_id + 1)
            event = EventNotificationRequest(self._date_time(session, now), attribute, value).encode()
            recipient = self._recipient(session.profile.client_sap, session, association.ciphering)
            pdus = recipient.in_pdus(recipient.protected_event(event))
            association.outbox.extend(pdus * 2 if "event-reported-twice" in self._faults else pdus)

    def next_timer(self) -> float | None:
        """When the next attempt is due, or the next look for a confirmation."""
        return min((item.due for item in self._running), default=None)

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._step([item for item in self._running if item.due <= now], now)

    def _step(self, items: list[_Running], now: float) -> None:
        """Take the next step of some of the pushes, and leave those that have ended."""
        for item in items:
            if self._finished(item, now):
                for exchange in item.exchanges:
                    exchange.close()
                self._running.remove(item)

    def _finished(self, item: _Running, now: float) -> bool:
        """Take the next step of a push; whether that was the last."""
        order = item.order
        if item.attempts:
            if order.confirmed and self._confirmed(item):
                order.told(now)
                return "push-repeated-after-confirmation" not in self._faults or self._again(item, now, after=True)
            if self._delivered(item):
                return True
            if now < item.next_attempt:
                item.due = min(now + _POLL_S, item.next_attempt)
                return False
        return self._again(item, now)

    def _again(self, item: _Running, now: float, *, after: bool = False) -> bool:
        retries = 0 if "push-never-repeated" in self._faults else item.order.retries
        if "push-repeated-without-end" in self._faults:
            retries = _MANY_RETRIES
        if item.attempts > retries:
            return True
        self._attempt(item)
        item.attempts += 1
        item.next_attempt = now + item.order.delay.before(item.attempts)
        item.due = item.next_attempt if after else min(now + _POLL_S, item.next_attempt)
        return self._delivered(item)

    def _delivered(self, item: _Running) -> bool:
        """Whether a push that nobody needs to confirm has left the meter."""
        if item.order.confirmed or "push-unconfirmed-repeated" in self._faults:
            return False
        return all(exchange.delivered for exchange in item.exchanges)

    def _attempt(self, item: _Running) -> None:
        order = item.order
        apdu = self._protected(order, item.session, item.notification)
        association = self._association_of(item.session)
        if apdu is None:
            return
        recipient = self._recipient(order.client_sap, item.session, None)
        pdus = recipient.in_pdus(apdu)
        if order.service is TransportService.HDLC:
            if association is not None:
                association.outbox.extend(pdus)
            return
        self._send(item, pdus)

    def _send(self, item: _Running, pdus: tuple[bytes, ...]) -> None:
        for exchange in item.exchanges:
            exchange.close()
        item.exchanges.clear()
        item.stream.discard()
        if self.network is None:
            return
        source = self._device.sap + (1 if "push-from-another-wport" in self._faults else 0)
        wrapped = [WrapperPdu(source, item.order.client_sap, pdu).encode() for pdu in pdus]
        if item.order.service is TransportService.TCP and wrapped:
            wrapped = [b"".join(wrapped)]
        transport = _TRANSPORTS[item.order.service]
        item.exchanges.extend(self.network.send(transport, item.order.destination, octets) for octets in wrapped)

    def _protected(self, order: PushOrder, session: Session, notification: DataNotification) -> bytes | None:
        """The data-notification as its association protects it; None where that cannot be."""
        recipient = self._recipient(order.client_sap, session, self._ciphering_of(order, session))
        return recipient.protected(notification.encode(), order.protection)

    def _protectable(self, order: PushOrder, session: Session) -> bool:
        """Whether there is the key that protects a push."""
        if order.protection is PushProtection.NONE:
            return True
        ciphering = self._ciphering_of(order, session)
        dedicated = order.protection is PushProtection.GENERAL_DED
        return ciphering is not None and (not dedicated or ciphering.dedicated_key is not None)

    def _ciphering_of(self, order: PushOrder, session: Session) -> Ciphering | None:
        """The keys of the association on whose line a push goes, or whose dedicated key it is under; else its own."""
        if order.protection is not PushProtection.GENERAL_DED and order.service is not TransportService.HDLC:
            return self._ciphering
        association = self._association_of(session)
        return None if association is None else association.ciphering

    def _recipient(self, client_sap: int, session: Session, ciphering: Ciphering | None) -> Recipient:
        profile = self._device.profile(client_sap)
        own = session if session.profile.client_sap == client_sap else None
        found = own or next((item for item in self._device.sessions if item.profile.client_sap == client_sap), None)
        title = (found.client_system_title if found is not None else None) or (
            profile.client_system_title if profile is not None else None
        )
        if ciphering is not None and ciphering is self._ciphering:
            ciphering.take_client_for(title or b"")
        return Recipient(title or b"", ciphering, found, self._faults)

    def _confirmed(self, item: _Running) -> bool:
        """Whether the client has confirmed, in the way in which the push was protected."""
        octets = b"".join(exchange.received() for exchange in item.exchanges)
        return any(self._confirms(item, pdu) for pdu in item.stream.feed(octets))

    def _confirms(self, item: _Running, pdu: bytes) -> bool:
        try:
            data = decode(pdu, wrapper.read, "wrapper").data
            ciphered = bool(data) and is_ciphered(data[0])
            if ciphered == (item.order.protection is PushProtection.NONE):
                return False
            if ciphered:
                assert self._ciphering is not None  # noqa: S101 - what was protected had keys
                data = self._ciphering.unprotect(data).plain
            confirm = apdus.decode(data)
        except (DlmsError, UndecipherableError, StaleCounterError):
            return False
        number = item.notification.long_invoke_id_and_priority & LONG_INVOKE_ID
        return (
            isinstance(confirm, DataNotificationConfirm)
            and confirm.long_invoke_id_and_priority & LONG_INVOKE_ID == number
        )

    def _date_time(self, session: Session, now: float) -> bytes:
        if "notification-date-time-invalid" in self._faults:
            return _INVALID_DATE_TIME
        clock = self._device.object(ClassId.CLOCK, CLOCK)
        getter = None if clock is None else clock.attributes[2].read
        octets: bytes = octets_at(now) if getter is None else getter(session, now).value
        return octets
