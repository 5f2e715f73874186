"""A serial port that several use at a time."""

from __future__ import annotations

import pytest

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.stream import FrameStream
from conformance.link.link import LinkClosed
from conformance.link.loopback import LoopbackLink
from conformance.meter.meter import build
from conformance.tester.data_link.hdlc_station import FrameReceived, HdlcStation
from conformance.tester.shared_line import SharedLine
from conformance.tester.tape import Tape


@pytest.fixture
def line() -> SharedLine:
    return SharedLine(LoopbackLink(build(profile="hdlc").endpoint), FrameStream(), "hdlc", Tape())


def test_each_takes_the_frames_of_its_own_addresses(line: SharedLine) -> None:
    stations = [HdlcStation(line, HdlcAddress(client), HdlcAddress(1)) for client in (16, 1)]
    for station in stations:
        line.open()
        station.transmit(Control(FrameType.SNRM, True))
    later = line.clock.now() + 1.0

    for station in reversed(stations):
        answer = station.receive(later)
        assert isinstance(answer, FrameReceived)
        assert answer.frame.control.type is FrameType.UA


def test_it_is_open_until_the_last_one_has_closed_it(line: SharedLine) -> None:
    line.open()
    line.open()
    line.close()
    line.send(b"\x7e")
    assert line.closed is None

    line.close()
    line.close()
    line.send(b"\x7e")
    assert line.closed == "the link is not open"
    with pytest.raises(LinkClosed):
        line._link.send(b"\x7e")


def test_a_line_that_was_closed_from_the_other_side_is_opened_afresh(line: SharedLine) -> None:
    line.open()
    line.closed = "the port vanished"
    line.open()

    assert line.closed is None
