"""Push setup: what it shows, what it takes, and what the meter sends when push() is invoked."""

from __future__ import annotations

from conformance.cosem.obis import octets_of
from conformance.cosem.push_setup import PushOperationMethod, TransportService
from conformance.dlms import apdu as apdus
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
)
from conformance.dlms.wrapper import WrapperPdu, WrapperStream
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.invoke_id import LONG_INVOKE_ID, LONG_SERVICE_CLASS
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.link.clock import VirtualClock
from conformance.link.push_network import VirtualListener, VirtualNetwork
from conformance.link.url import parse_url
from conformance.meter.meter import Meter, build
from conformance.meter.model.associations import MANAGEMENT, PUBLIC, READING
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.meter_time import octets_at
from conformance.meter.model.push_order import RepetitionDelay
from conformance.meter.model.session import AssociationStatus, Session

TCP, UDP, LINE = (octets_of(f"0-{number}:25.9.0.255") for number in range(3))
MANAGER = Session(MANAGEMENT, status=AssociationStatus.ASSOCIATED, request_authenticated=True)
READER = Session(READING, status=AssociationStatus.ASSOCIATED)


class Site:
    """A meter and whoever listens for its pushes over UDP, in virtual time."""

    def __init__(self, *defects: str) -> None:
        self.clock = VirtualClock()
        self.network = VirtualNetwork(self.clock)
        self.meter: Meter = build(defects=defects)
        self.meter.push_into(self.network)
        self.network.driven = self.meter
        self.device: LogicalDevice = self.meter.server.devices[1]

    def listener(self, url: str = "udp://192.0.2.1:4060") -> VirtualListener:
        made = self.network.listener(parse_url(url))
        made.open()
        return made

    def push(self, instance: bytes, session: Session = READER, parameter: Data | None = None) -> ActionResult:
        given = integer(0) if parameter is None else parameter
        return self.device.invoke(MethodDescriptor(40, instance, 1), given, session, self.clock.now()).result

    def get(self, instance: bytes, number: int) -> Data | DataAccessResult:
        return self.device.read(AttributeDescriptor(40, instance, number), None, MANAGER, self.clock.now())

    def set(self, instance: bytes, number: int, value: Data) -> DataAccessResult:
        return self.device.write(AttributeDescriptor(40, instance, number), None, value, MANAGER, self.clock.now())


def notifications(listener: VirtualListener, seconds: float, confirm: int = 0) -> list[tuple[float, DataNotification]]:
    """What comes in clear within `seconds`, with its moment; the `confirm`th is confirmed."""
    made: list[tuple[float, DataNotification]] = []
    until = listener.clock.now() + seconds
    while (arrival := listener.receive(until)) is not None:
        [pdu] = WrapperStream().feed(arrival.octets)
        value = apdus.decode(pdu[8:])
        assert isinstance(value, DataNotification)
        made.append((listener.clock.now(), value))
        if len(made) == confirm:
            answer = DataNotificationConfirm(value.long_invoke_id_and_priority).encode()
            listener.answer(arrival.peer, WrapperPdu(2, 1, answer).encode())
    return made


def test_each_version_has_its_own_attributes_and_methods() -> None:
    device = Site().device
    shapes = {}
    for instance in (TCP, UDP, LINE):
        found = device.object(40, instance)
        assert found is not None
        shapes[found.version] = (max(found.attributes), sorted(found.methods))
    assert shapes == {0: (7, [1]), 1: (10, [1]), 2: (13, [1, 2])}


def test_version_2_tells_restrictions_columns_and_a_repetition_delay_of_three_numbers() -> None:
    site = Site()
    listed = site.get(UDP, 2)
    assert isinstance(listed, Data)
    assert all(entry.value[4:] == (structure(enum(0), null()), array()) for entry in listed.value)
    assert site.get(UDP, 7) == structure(long_unsigned(3), long_unsigned(100), long_unsigned(3))
    assert site.get(TCP, 7) == long_unsigned(3)
    assert site.get(UDP, 11) == enum(PushOperationMethod.CONFIRMED)


def test_only_the_management_client_may_change_a_setup_and_the_public_client_sees_nothing_of_it() -> None:
    site = Site()
    where = AttributeDescriptor(40, TCP, 6)
    assert site.device.write(where, None, unsigned(9), READER, 0.0) is DataAccessResult.READ_WRITE_DENIED
    assert site.device.read(where, None, Session(PUBLIC), 0.0) is DataAccessResult.READ_WRITE_DENIED
    assert site.set(TCP, 6, unsigned(9)) is DataAccessResult.SUCCESS
    assert site.get(TCP, 6) == unsigned(9)


def test_values_of_another_type_or_that_the_meter_cannot_follow_are_refused() -> None:
    site = Site()
    assert site.set(TCP, 7, unsigned(1)) is DataAccessResult.TYPE_UNMATCHED
    assert site.set(TCP, 3, structure(enum(0), octet_string(b""))) is DataAccessResult.TYPE_UNMATCHED
    part = structure(long_unsigned(3), octet_string(TCP), integer(2), long_unsigned(1))
    assert site.set(TCP, 2, array(part)) is DataAccessResult.OTHER_REASON
    assert site.set(UDP, 11, enum(3)) is DataAccessResult.OTHER_REASON
    anytime = structure(octet_string(bytes.fromhex("FFFFFFFFFF00000000800000")), octet_string(b""))
    assert site.set(TCP, 4, array(anytime)) is DataAccessResult.OTHER_REASON
    assert site.set(UDP, 13, null()) is DataAccessResult.READ_WRITE_DENIED


def test_push_sends_what_the_list_names_with_the_time_of_the_clock() -> None:
    site = Site()
    listener = site.listener()
    name = structure(
        long_unsigned(1), octet_string(octets_of("0-0:42.0.0.255")), integer(2), long_unsigned(0),
        structure(enum(0), null()), array(),
    )  # fmt: skip
    assert site.set(UDP, 2, array(name)) is DataAccessResult.SUCCESS
    assert site.push(UDP) is ActionResult.SUCCESS
    [(_, first), *_] = notifications(listener, 1.0)
    assert first.body == structure(octet_string(b"XDC0000000000001"))
    assert first.date_time == octets_at(0.0)


def test_what_the_push_client_must_not_read_is_pushed_as_null() -> None:
    site = Site()
    listener = site.listener()
    restricted = structure(
        long_unsigned(1), octet_string(octets_of("0-0:96.1.11.255")), integer(2), long_unsigned(0),
        structure(enum(0), null()), array(),
    )  # fmt: skip
    site.set(UDP, 2, array(restricted))
    site.push(UDP)
    assert notifications(listener, 1.0)[0][1].body == structure(null())


def test_a_push_is_repeated_after_the_delay_as_often_as_number_of_retries_says() -> None:
    site = Site()
    listener = site.listener()
    site.set(UDP, 6, unsigned(3))
    site.set(UDP, 7, structure(long_unsigned(2), long_unsigned(200), long_unsigned(5)))
    site.push(UDP)
    came = notifications(listener, 100.0)
    assert [moment for moment, _ in came] == [0.0, 2.0, 6.0, 11.0]
    assert len({value.long_invoke_id_and_priority for _, value in came}) == 1
    assert came[0][1].long_invoke_id_and_priority & LONG_SERVICE_CLASS


def test_a_confirmation_ends_the_repetitions_and_is_remembered_until_reset() -> None:
    site = Site()
    listener = site.listener()
    site.push(UDP)
    assert len(notifications(listener, 100.0, confirm=2)) == 2
    last = site.get(UDP, 13)
    assert isinstance(last, Data)
    assert last.type is DataType.DATE_TIME
    assert last.value != CosemDateTime()
    reset = site.device.invoke(MethodDescriptor(40, UDP, 2), integer(0), READER, 0.0)
    assert reset.result is ActionResult.SUCCESS
    assert site.get(UDP, 13) == Data(DataType.DATE_TIME, CosemDateTime())


def test_a_confirmation_of_another_push_confirms_nothing() -> None:
    site = Site()
    listener = site.listener()
    site.push(UDP)
    arrival = listener.receive(1.0)
    assert arrival is not None
    wrong = DataNotificationConfirm(LONG_SERVICE_CLASS | LONG_INVOKE_ID).encode()
    listener.answer(arrival.peer, WrapperPdu(2, 1, wrong).encode())
    listener.answer(arrival.peer, b"\x00\x01rubbish that is no wrapper PDU at all")
    assert len(notifications(listener, 100.0)) == 2


def test_where_nobody_listens_a_connection_is_tried_again_and_then_given_up() -> None:
    site = Site()
    assert site.push(TCP, MANAGER) is ActionResult.SUCCESS
    site.meter.tick(0.0)
    listener = site.listener("tcp://192.0.2.1:4059")
    assert listener.receive(2.9) is None
    assert listener.receive(3.1) is not None
    assert listener.receive(100.0) is None
    assert site.meter.next_timer() is None


def test_a_push_waits_for_its_communication_window_and_is_refused_when_all_are_over() -> None:
    site = Site()
    listener = site.listener()

    def window(start: float, end: float) -> Data:
        return array(structure(octet_string(octets_at(start)), octet_string(octets_at(end))))

    assert site.set(UDP, 4, window(50.0, 60.0)) is DataAccessResult.SUCCESS
    assert site.push(UDP) is ActionResult.SUCCESS
    assert notifications(listener, 70.0)[0][0] == 50.0
    site.clock.advance_to(80.0)
    assert site.push(UDP) is ActionResult.TEMPORARY_FAILURE


def test_randomisation_begins_a_push_within_its_interval() -> None:
    site = Site()
    listener = site.listener()
    site.set(UDP, 5, long_unsigned(600))
    site.push(UDP)
    [(moment, _), *_] = notifications(listener, 600.0)
    assert 0.0 < moment <= 600.0


def test_a_meter_is_not_asked_to_push_without_end() -> None:
    site = Site()
    assert {site.push(UDP) for _ in range(8)} == {ActionResult.SUCCESS}
    assert site.push(UDP) is ActionResult.TEMPORARY_FAILURE


def test_push_over_a_service_that_the_meter_lacks_is_refused() -> None:
    site = Site()
    sms = structure(enum(TransportService.SMS), octet_string(b"+49"), enum(0))
    assert site.set(TCP, 3, sms) is DataAccessResult.SUCCESS
    assert site.push(TCP, MANAGER) is ActionResult.TEMPORARY_FAILURE


def test_push_takes_an_integer_and_nothing_else() -> None:
    site = Site()
    assert site.push(UDP, READER, double_long_unsigned(0)) is ActionResult.TYPE_UNMATCHED
    assert site.push(TCP, READER) is ActionResult.READ_WRITE_DENIED
    assert site.meter.next_timer() is None


def test_the_delay_grows_and_has_an_end_however_large_the_numbers() -> None:
    delay = RepetitionDelay(10, 150, 40)
    assert [delay.before(retry) for retry in (1, 2, 3, 9)] == [10.0, 15.0, 22.5, 40.0]
    assert RepetitionDelay(0xFFFF, 0xFFFF, 7).before(255) == 7.0
