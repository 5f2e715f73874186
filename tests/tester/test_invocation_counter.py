"""The client's invocation counter: read from the meter where declared, never below what it expects, never reused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Profile, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import DiagnosticSource
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import double_long_unsigned, long64_unsigned, visible_string
from conformance.dlms.xdlms.get import GetRequestNormal, GetResponseNormal
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.harness.bench import Bench
from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.loopback import LoopbackLink
from conformance.tester.association import Association
from conformance.tester.seen import seen
from conformance.tester.stimulus import apdu
from conformance.tester.tape import Tape
from tests.tester.far_side import FarSide, wrapped

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
WRAPPER = replace(SIMULATOR, profile=Profile.WRAPPER)
MANAGEMENT = SIMULATOR.association("management")
GET = apdu("C001C1000F0000280000FF0100", "GET")


def bench(answer: Callable[[bytes], list[bytes]] | None = None) -> Bench:
    """A bench with the embedded meter, or with one that answers APDUs as given."""
    made = Bench(WRAPPER, seed=1, keep_secret=lambda _: None)
    if answer is not None:
        far_side = FarSide(then=lambda octets: [wrapped(reply) for reply in answer(octets[8:])])
        clock = VirtualClock()
        made._link = lambda: LoopbackLink(lambda: far_side, clock)  # type: ignore[method-assign]
    return made


def management(made: Bench) -> Association:
    return made.association(MANAGEMENT, Protection.GLO, Tape(), Random(1))


def counting_meter(value: Data | int) -> Callable[[bytes], list[bytes]]:
    """A meter whose public client reads `value` as the counter."""
    public = SIMULATOR.association("public")
    initiate = InitiateResponse(
        negotiated_quality_of_service=None,
        negotiated_dlms_version_number=6,
        negotiated_conformance=public.conformance,
        server_max_receive_pdu_size=500,
        vaa_name=7,
    )

    def answer(octets: bytes) -> list[bytes]:
        if isinstance(apdus.decode(octets), GetRequestNormal):
            return [GetResponseNormal(0xC1, value).encode()]
        return [Aare(public.context.oid, 0, DiagnosticSource.USER, 0, user_information=initiate.encode()).encode()]

    return answer


def test_the_first_counter_is_above_the_one_read_through_the_declared_association() -> None:
    assert management(bench(counting_meter(double_long_unsigned(4711)))).security.next_global_counter() == 4712


def test_a_meter_that_knows_no_counter_yet_starts_it_at_one() -> None:
    assert management(bench(counting_meter(double_long_unsigned(0)))).security.next_global_counter() == 1


@pytest.mark.parametrize(
    "value", [3, visible_string("4711"), long64_unsigned(1 << 40), double_long_unsigned(0xFFFFFFFF)]
)
def test_a_counter_that_cannot_be_used_is_noted_and_the_declared_start_holds(value: Data | int) -> None:
    made = bench(counting_meter(value))

    assert management(made).security.next_global_counter() == 1
    assert "invocation counter not read through public" in made.notes[0]


def test_a_meter_that_does_not_let_it_be_read_is_noted() -> None:
    made = bench(lambda _: [])

    assert management(made).security.next_global_counter() == 1
    assert "AARQ as declared: silence" in made.notes[0]


def test_a_link_that_does_not_open_leaves_the_counter_to_be_read_by_the_next_association() -> None:
    made = bench(counting_meter(double_long_unsigned(4711)))
    working = made._link

    def broken() -> LoopbackLink:
        raise LinkError("tcp://192.0.2.1:4059: connection refused")

    made._link = broken  # type: ignore[method-assign]
    with pytest.raises(LinkError):
        management(made)
    made._link = working  # type: ignore[method-assign]

    assert management(made).security.next_global_counter() == 4712


def test_counters_go_on_over_associations_and_the_meter_accepts_each() -> None:
    made = bench()
    taken: list[int] = []
    for _ in range(3):
        meter = management(made)
        meter.establish()
        taken.append(meter.security.next_global_counter())
        meter.close()

    assert taken == sorted(set(taken))


def test_an_invocation_counter_error_tells_the_expected_counter() -> None:
    made = bench(lambda _: [bytes.fromhex("D8010600001267")])
    meter = made.association(SIMULATOR.association("public"), Protection.NONE, Tape(), Random(1))

    reaction = meter.request(GET)

    assert seen(reaction) == (
        "exception-response service-not-allowed / invocation-counter-error, expected counter 4711"
    )
