"""Connections to one wrapper port: nothing to do with each other, unless a defect makes them."""

from __future__ import annotations

from conformance.dlms.wrapper import WrapperPdu
from conformance.link.clock import VirtualClock
from conformance.link.link import LinkClosed
from conformance.link.loopback import LoopbackLink
from conformance.meter.meter import build

AARQ = bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
NAME = bytes.fromhex("C401C10009060000280000FF")
REFUSED = bytes.fromhex("D80101")
TIMEOUT_S = 5.0


class Meter:
    """A meter and the connections to it."""

    def __init__(self, *defects: str) -> None:
        self.meter = build(profile="wrapper", defects=defects)
        self.clock = VirtualClock()

    def connect(self) -> LoopbackLink:
        link = LoopbackLink(self.meter.endpoint, self.clock)
        link.open()
        return link

    def associated(self) -> LoopbackLink:
        link = self.connect()
        assert ask(link, AARQ)[:1] == b"\x61"
        return link


def send(link: LoopbackLink, apdu: bytes, octets: int | None = None) -> None:
    link.send(WrapperPdu(16, 1, apdu).encode()[:octets])


def reply(link: LoopbackLink) -> bytes:
    return link.receive(link.clock.now() + TIMEOUT_S)[8:]


def ask(link: LoopbackLink, apdu: bytes) -> bytes:
    send(link, apdu)
    return reply(link)


def served(*defects: str) -> dict[str, object]:
    """What becomes of a first and a second connection."""
    meter = Meter(*defects)
    first, second = meter.associated(), meter.connect()
    found: dict[str, object] = {"second, before any AARQ": ask(second, GET)}
    found["second"] = ask(second, AARQ)[:1] == b"\x61" and ask(second, GET) == NAME
    try:
        found["first"] = ask(first, GET) == NAME
    except LinkClosed:
        found["first"] = "closed"
    return found


def test_two_connections_are_served_apart() -> None:
    assert served() == {"second, before any AARQ": REFUSED, "second": True, "first": True}


def test_defect_associations_shared_by_connections() -> None:
    assert served("wrapper-associations-shared-by-connections")["second, before any AARQ"] == NAME


def test_defect_second_connection_ends_the_first() -> None:
    assert served("wrapper-second-connection-ends-the-first")["first"] == "closed"


def test_defect_replies_go_to_the_newest_connection() -> None:
    meter = Meter("wrapper-replies-go-to-the-newest-connection")
    first, second = meter.associated(), meter.connect()
    send(first, GET)

    assert reply(second) == NAME
    assert reply(first) == b""


def test_defect_blocked_by_a_partial_pdu() -> None:
    for defects, answer in (((), REFUSED), (("wrapper-blocked-by-a-partial-pdu",), b"")):
        meter = Meter(*defects)
        first, second = meter.connect(), meter.connect()
        send(first, GET, 10)

        assert ask(second, GET) == answer
        first.close()
        assert ask(second, GET) == REFUSED


def test_defect_association_survives_reconnect() -> None:
    for defects, answer in (((), REFUSED), (("wrapper-association-survives-reconnect",), NAME)):
        meter = Meter(*defects)
        meter.associated().close()

        assert ask(meter.connect(), GET) == answer


def test_defect_client_held_back_after_close() -> None:
    meter = Meter("wrapper-client-held-back-after-close")
    meter.associated().close()

    assert ask(meter.connect(), AARQ) == b""
    meter.clock.advance_to(meter.clock.now() + 20.0)
    meter.associated()


def test_defect_unfinished_pdu_outlives_its_connection_and_spoils_only_the_next() -> None:
    meter = Meter("wrapper-unfinished-pdu-outlives-its-connection")
    first = meter.connect()
    send(first, GET, 10)
    assert reply(first) == b""
    first.close()

    spoiled = meter.connect()
    assert ask(spoiled, AARQ) != REFUSED
    spoiled.close()
    meter.associated()
