"""A meter that refuses a counter tells which it wants: the client goes on from there, but not whatever it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Profile, Protection
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError
from conformance.harness.bench import Bench
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.tester.association import Association
from conformance.tester.stimulus import apdu
from conformance.tester.tape import Tape
from conformance.tester.told_counter import HIGHEST_FOLLOWED, little_endian, reason_against
from tests.tester.far_side import FarSide, wrapped

LOADED = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
MANAGEMENT = replace(
    LOADED.association("management"), invocation_counter=type(LOADED.associations[0].invocation_counter)()
)
WRAPPER = replace(LOADED, profile=Profile.WRAPPER, associations=(MANAGEMENT,))
GET = apdu("C001C1000F0000280000FF0100", "GET")


def told(counter: int) -> bytes:
    error = ExceptionServiceError.INVOCATION_COUNTER_ERROR
    return ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, error, counter).encode()


def bench(answer: Callable[[bytes], bytes]) -> Bench:
    made = Bench(WRAPPER, seed=1, keep_secret=lambda _: None)
    far_side = FarSide(then=lambda octets: [wrapped(answer(octets[8:]), 1, MANAGEMENT.client_sap)])
    clock = VirtualClock()
    made._link = lambda: LoopbackLink(lambda: far_side, clock)  # type: ignore[method-assign]
    return made


def client(made: Bench) -> Association:
    return made.association(MANAGEMENT, Protection.GLO, Tape(), Random(1))


def test_the_client_goes_on_with_the_counter_that_the_meter_asks_for() -> None:
    """A client that begins at 1 with a meter that has counted to 19,088,743 gets through with its second request."""
    made = bench(lambda _: told(0x01234568))
    association = client(made)
    association.request(GET)

    assert association.security.next_global_counter() == 0x01234568
    assert client(made).security.next_global_counter() == 0x01234569
    assert made.notes == []


def test_a_lower_counter_never_takes_the_client_back() -> None:
    made = bench(lambda _: told(1))
    association = client(made)
    for _ in range(10):
        association.request(GET)

    assert association.security.next_global_counter() == 11


def test_a_little_endian_counter_is_told_and_not_followed() -> None:
    made = bench(lambda _: told(0x02000000))
    association = client(made)
    association.request(GET)

    assert association.security.next_global_counter() == 2
    assert "little-endian" in made.notes[0]
    assert "33554432 (02000000)" in made.notes[0]


def test_a_counter_near_the_end_of_the_key_is_told_once_and_not_followed() -> None:
    made = bench(lambda _: told(0xFFFFFFFF))
    association = client(made)
    association.request(GET)
    association.request(GET)

    assert association.security.next_global_counter() == 3
    assert len(made.notes) == 1
    assert "used up" in made.notes[0]


@pytest.mark.parametrize("form", [Protection.DED, Protection.GENERAL_DED, Protection.NONE])
def test_what_is_told_of_another_key_does_not_touch_the_global_one(form: Protection) -> None:
    made = bench(lambda _: told(5000))
    association = client(made)
    association.security.renew_dedicated_key(bytes(16))
    association.request(GET.under(form))

    assert association.security.next_global_counter() == 1


@pytest.mark.parametrize(
    ("asked", "upcoming"),
    [(0x02000000, 1), (0x06000000, 5), (0x7C010000, 2), (0x20A10700, 1)],
)
def test_octets_in_the_wrong_order_are_recognised(asked: int, upcoming: int) -> None:
    assert little_endian(asked, upcoming)
    assert reason_against(asked, upcoming) is not None


@pytest.mark.parametrize(
    ("asked", "upcoming"),
    [
        (0x01234568, 1),
        (2, 1),
        (0x10000, 1),
        (0x02000001, 1),
        (0x09000000, 0x08FFFFF0),
        (HIGHEST_FOLLOWED, HIGHEST_FOLLOWED - 9),
        (1, 99),
    ],
)
def test_a_counter_in_the_right_order_is_followed(asked: int, upcoming: int) -> None:
    assert reason_against(asked, upcoming) is None
