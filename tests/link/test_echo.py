"""A line that gives back what is sent: the echo is swallowed exactly, and what is wrong with it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.link.clock import VirtualClock
from conformance.link.echo import Echo, EchoLink
from conformance.link.link import LineFault
from conformance.link.loopback import LoopbackLink
from tests.link.scripted import ScriptedEndpoint


def echoing(answer: bytes = b"", after_s: float = 0.0) -> EchoLink:
    """A link whose far side echoes at once and answers later."""
    link = EchoLink(
        LoopbackLink(
            lambda: ScriptedEndpoint(lambda octets, now: [(now, octets), (now + after_s, answer)]), VirtualClock()
        ),
        baud=9600,
    )
    link.open()
    return link


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=40), st.integers(1, 80))
def test_however_it_is_cut_the_echo_is_swallowed_and_nothing_else(sent: bytes, reply: bytes, cut: int) -> None:
    echo = Echo(0.001)
    echo.sent(sent, 0.0)
    line = sent + reply

    heard = b"".join(echo.received(line[start : start + cut]) for start in range(0, len(line), cut))

    assert heard == reply
    echo.check(1000.0)


def test_a_reply_that_equals_the_request_is_not_swallowed_twice() -> None:
    link = echoing(b"same")
    link.send(b"same")

    assert link.receive(1.0) == b"same"
    assert link.receive(2.0) == b""


def test_silence_behind_the_echo_is_silence() -> None:
    link = echoing()
    link.send(b"\x7e\xa0")

    assert link.receive(5.0) == b""
    assert link.clock.now() == 5.0


def test_a_damaged_echo_is_a_fault_of_the_line_told_with_its_octets() -> None:
    echo = Echo()
    echo.sent(bytes.fromhex("7EA0070321"), 0.0)

    with pytest.raises(LineFault, match="damaged: 070321 went out, 470321 came back"):
        echo.received(bytes.fromhex("7EA0470321"))


def test_an_echo_that_does_not_come_is_told_once_it_is_overdue() -> None:
    link = EchoLink(LoopbackLink(lambda: ScriptedEndpoint(lambda octets, now: [(now, octets[:2])])), baud=300)
    link.open()
    link.send(bytes(30))

    assert link.receive(1.2) == b""
    with pytest.raises(LineFault, match=r"28 octets of what was sent did not come back.+set echo=false"):
        link.receive(10.0)
    assert link.clock.now() < 1.4


def test_a_fresh_link_expects_no_echo_of_the_one_before() -> None:
    link = EchoLink(LoopbackLink(lambda: ScriptedEndpoint(lambda octets, now: [])))
    link.open()
    link.send(b"lost")
    link.close()
    link.open()

    assert link.receive(10.0) == b""
