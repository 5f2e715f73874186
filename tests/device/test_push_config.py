"""What a lab engineer sees when `[push]` is wrong, and what comes of it when it is right."""

from __future__ import annotations

import pytest

from conformance.cosem.obis import octets_of
from conformance.device.model import PushSettings
from tests.device.conftest import ASSOCIATION, CIPHERED, METER, Bench

PUSH = """
[push]
listen = ["tcp://0.0.0.0:4059", "udp://192.0.2.7:4059"]
timeout_s = 7

[[push.setup]]
association = "management"
instance_id = "0-0:25.9.0.255"
transport = "tcp"
protection = "general-glo"
refused = ["reader"]

[[push.setup]]
association = "reader"
instance_id = "0-1:25.9.0.255"
transport = "udp"
confirmed = true
client_sap = 102
"""


def test_what_is_declared_of_pushes_is_loaded(bench: Bench) -> None:
    push = bench.load(METER + ASSOCIATION + CIPHERED + PUSH).push

    assert push.listen == ("tcp://0.0.0.0:4059", "udp://192.0.2.7:4059")
    assert push.timeout_s == 7.0
    first, second = push.setups
    assert (first.instance_id, first.refused) == (octets_of("0-0:25.9.0.255"), ("reader",))
    assert first.client_sap == bench.load(METER + ASSOCIATION + CIPHERED).association("management").client_sap
    assert (second.confirmed, second.client_sap) == (True, 102)


def test_without_the_table_nothing_is_declared(bench: Bench) -> None:
    assert bench.load(METER + ASSOCIATION + CIPHERED).push == PushSettings()


@pytest.mark.parametrize(
    ("old", "new", "where", "told"),
    [
        ('"tcp://0.0.0.0:4059"', '"serial:/dev/ttyS0"', "push.listen[1]", "expected"),
        ('"tcp://0.0.0.0:4059"', '"tcp://0.0.0.0:0"', "push.listen[1]", "the meter must know the port"),
        ('"tcp://0.0.0.0:4059"', '"tpc://0.0.0.0:4059"', "push.listen[1]", "unknown scheme"),
        ('"tcp://0.0.0.0:4059"', '"udp://192.0.2.7:4059"', "push.listen[2]", "stands here twice"),
        ('"tcp://0.0.0.0:4059", ', "", "push.setup[1].transport", "needs a place to listen"),
        ('association = "reader"', 'association = "raeder"', "push.setup[2].association", "no [[association]]"),
        ('refused = ["reader"]', 'refused = ["raeder"]', "push.setup[1].refused[1]", "no [[association]]"),
        ('refused = ["reader"]', 'refused = ["management"]', "push.setup[1].refused[1]", "invokes push() itself"),
        ('protection = "general-glo"', "", "push.setup[1].protection", "notification_key"),
        ('protection = "general-glo"', 'protection = "glo"', "push.setup[1].protection", "not among"),
        ('transport = "udp"', 'transport = "own-line"', "push.setup[2].confirmed", "on the line of an association"),
        ('transport = "tcp"', 'transport = "tcp"\ndestination = "h:1"', "push.setup[1].destination", '"writes"'),
        ('instance_id = "0-0:25.9.0.255"', 'instance_id = "0-0:25.9"', "push.setup[1].instance_id", ""),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(bench: Bench, old: str, new: str, where: str, told: str) -> None:
    problems = bench.problems(METER + ASSOCIATION + CIPHERED + PUSH.replace(old, new, 1))

    found = [problem for problem in problems if problem.where == where]
    assert found, [str(problem) for problem in problems]
    assert told in str(found[0])
    assert found[0].line > 1


def test_an_event_needs_event_notification_in_its_association(bench: Bench) -> None:
    event = """
[[push.event]]
association = "reader"
method = { class_id = 9, instance_id = "0-0:10.0.0.255", method_id = 1 }
attribute = { class_id = 1, instance_id = "0-0:96.1.10.255", attribute_id = 2 }
"""
    problem = bench.problem(METER + ASSOCIATION + event)

    assert problem.where == "push.event[1].association"
    assert "event-notification" in str(problem)
    sound = ASSOCIATION.replace('"get"', '"get", "event-notification"')
    assert len(bench.load(METER + sound + event).push.events) == 1
