"""An endpoint as servers keep it: octets in when they have passed the line, octets out when they are due."""

from __future__ import annotations

import pytest

from conformance.link.conversation import LONGEST_WAIT_S, SHORTEST_WAIT_S, Conversation
from conformance.link.line_model import LineModel
from conformance.meter.meter import build
from tests.link.scripted import ScriptedEndpoint

SNRM = bytes.fromhex("7EA0070321930F017E")
OCTET_S = 10 / 9600


def test_what_is_due_later_is_given_later() -> None:
    conversation = Conversation(ScriptedEndpoint(lambda octets, now: [(now + 0.5, octets)]), 0.0)
    conversation.take(b"x", 1.0)

    assert conversation.due(1.4) == []
    assert conversation.wait(1.4) == pytest.approx(0.1)
    assert conversation.due(1.5) == [b"x"]


def test_without_a_line_model_each_transmission_stays_whole() -> None:
    conversation = Conversation(ScriptedEndpoint(lambda octets, now: [(now, b"one"), (now, b"two")]), 0.0)
    conversation.take(b"x", 0.0)

    assert conversation.due(0.0) == [b"one", b"two"]


def test_timer_of_the_endpoint_bounds_the_wait_and_fires() -> None:
    endpoint = ScriptedEndpoint()
    endpoint.timer = 0.15
    conversation = Conversation(endpoint, 0.0)

    assert conversation.wait(0.1) == pytest.approx(0.05)
    assert conversation.due(0.15) == [b"time"]
    assert conversation.wait(0.15) == LONGEST_WAIT_S


def test_wait_is_never_nothing_so_that_no_server_spins() -> None:
    endpoint = ScriptedEndpoint()
    endpoint.timer = 1.0

    assert Conversation(endpoint, 0.0).wait(5.0) == SHORTEST_WAIT_S


def test_conversation_is_finished_once_everything_was_given() -> None:
    conversation = Conversation(ScriptedEndpoint(lambda octets, now: [(now + 1.0, octets)]), 0.0)
    conversation.take(b"bye", 0.0)

    assert conversation.due(0.0) == []
    assert not conversation.finished
    assert conversation.due(1.0) == [b"bye"]
    assert conversation.finished


def test_endpoint_meets_octets_when_they_have_passed_the_line_however_late_the_server_looks_up() -> None:
    endpoint = ScriptedEndpoint(lambda octets, now: [(now, octets)])
    conversation = Conversation(endpoint, 0.0, model=LineModel(baud=9600))
    conversation.take(b"abc", 0.0)

    assert conversation.due(2 * OCTET_S) == [b"a"]
    assert endpoint.received == b"ab"
    assert conversation.due(5.0) == [b"bc"]


def test_server_that_was_held_up_does_not_trip_the_inter_octet_timeout() -> None:
    conversation = Conversation(build().endpoint(), 0.0, model=LineModel(baud=9600))
    conversation.take(SNRM, 0.0)
    conversation.due(4 * OCTET_S)

    (reply,) = conversation.due(4 * OCTET_S + 1.0)

    assert reply[5] == 0x73


def test_gap_between_octets_trips_it_all_the_same() -> None:
    conversation = Conversation(build().endpoint(), 0.0, model=LineModel(baud=9600))
    conversation.take(SNRM[:5], 0.0)
    conversation.take(SNRM[5:], 0.05)

    assert conversation.due(1.0) == []


def test_paced_line_takes_no_more_than_a_port_would_buffer() -> None:
    conversation = Conversation(ScriptedEndpoint(lambda octets, now: []), 0.0, model=LineModel(baud=9600))
    conversation.take(bytes(5000), 0.0)
    assert conversation.full

    conversation.due(1.0)
    assert not conversation.full
