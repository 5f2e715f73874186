"""The loopback link: waiting moves the virtual clock and nothing else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.link.clock import VirtualClock
from conformance.link.link import LinkClosed, LinkError
from conformance.link.loopback import LoopbackLink
from tests.link.scripted import ScriptedEndpoint


def opened(endpoint: ScriptedEndpoint, clock: VirtualClock | None = None) -> LoopbackLink:
    link = LoopbackLink(lambda: endpoint, clock)
    link.open()
    return link


def test_octets_arrive_when_they_are_due() -> None:
    link = opened(ScriptedEndpoint(lambda octets, now: [(now + 2.0, octets.upper())]))
    link.send(b"ping")

    assert link.receive(until=1.0) == b""
    assert link.clock.now() == 1.0
    assert link.receive(until=10.0) == b"PING"
    assert link.clock.now() == 2.0


def test_silence_costs_no_time_but_the_virtual() -> None:
    link = opened(ScriptedEndpoint(lambda octets, now: []))

    assert link.receive(until=86_400.0) == b""
    assert link.clock.now() == 86_400.0


def test_timer_of_the_endpoint_fires_at_its_moment() -> None:
    endpoint = ScriptedEndpoint()
    endpoint.timer = 120.0
    link = opened(endpoint)

    assert link.receive(until=500.0) == b"time"
    assert ("tick", 120.0) in endpoint.events
    assert link.clock.now() == 120.0


def test_timer_that_went_by_on_a_shared_clock_fires_before_octets_are_handed_over() -> None:
    clock = VirtualClock()
    endpoint = ScriptedEndpoint()
    link = opened(endpoint, clock)
    endpoint.timer = 5.0
    clock.advance_to(9.0)

    link.send(b"late")

    assert endpoint.events[-1] == ("tick", 9.0)
    assert endpoint.received == b"late"


def test_endpoint_is_made_anew_each_time_the_link_is_opened() -> None:
    made: list[ScriptedEndpoint] = []

    def make() -> ScriptedEndpoint:
        made.append(ScriptedEndpoint())
        return made[-1]

    link = LoopbackLink(make)
    link.open()
    link.send(b"lost on its way")
    link.close()
    link.close()
    link.open()

    assert [endpoint.events for endpoint in made] == [
        [("connected", 0.0), ("disconnected", 0.0)],
        [("connected", 0.0)],
    ]
    assert link.receive(until=1.0) == b""


def test_what_was_sent_before_the_endpoint_closed_still_arrives() -> None:
    link = opened(ScriptedEndpoint())
    link.send(b"bye")

    assert link.receive(until=1.0) == b"bye"
    with pytest.raises(LinkClosed):
        link.receive(until=1.0)
    with pytest.raises(LinkClosed):
        link.send(b"anyone?")


def test_link_that_is_not_open_says_so() -> None:
    link = LoopbackLink(ScriptedEndpoint)

    with pytest.raises(LinkClosed, match="not open"):
        link.send(b"early")


def test_waiting_for_ever_for_nothing_is_refused() -> None:
    with pytest.raises(LinkError, match="time limit"):
        opened(ScriptedEndpoint()).receive(until=math.inf)


def test_timer_that_never_moves_on_is_refused() -> None:
    endpoint = ScriptedEndpoint(lambda octets, now: [])
    endpoint.timer = 1.0
    endpoint.tick = lambda now: None  # type: ignore[method-assign]

    with pytest.raises(LinkError, match="does not move on"):
        opened(endpoint).receive(until=2.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.binary(min_size=1, max_size=4)), max_size=10))
def test_octets_never_arrive_early_nor_out_of_order_nor_not_at_all(due: list[tuple[float, bytes]]) -> None:
    link = opened(ScriptedEndpoint(lambda octets, now: list(due)))
    link.send(b"go")
    arrived = b""
    while octets := link.receive(until=200.0):
        arrived += octets

    assert arrived == b"".join(octets for _, octets in sorted(due, key=lambda entry: entry[0]))
