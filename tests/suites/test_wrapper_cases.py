"""The cases of the wrapper: the sound meter passes them all, and each defect fails the cases that claim it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter, Profile, Timing
from conformance.harness.bench import Bench
from conformance.harness.rendered import rendered_octets
from conformance.harness.slot import slots
from conformance.link.loopback import Endpoint
from conformance.link.server import TcpServer
from conformance.link.udp_server import UdpServer
from conformance.meter.defect import Defect
from conformance.meter.meter import build
from conformance.meter.wrapper_defects import WRAPPER_DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = replace(load(ROOT / "device_configs" / "simulator.toml"), profile=Profile.WRAPPER)
STREAM, DATAGRAMS = "loopback:", "loopback:?transport=udp"
ONLY_UDP, NEVER_UDP = "X_WRAPPER_UDP", "X_WRAPPER_RECONNECT"
CLAIMS = [(defect, case) for defect in WRAPPER_DEFECTS for case in defect.cases]


FUNCTIONS = functions("wrapper", "test_*")


def device(
    link: str = STREAM, acceptance: Acceptance = Acceptance.TOLERANT, defects: tuple[str, ...] = (), **values: object
) -> Device:
    embedded = EmbeddedMeter(defects=frozenset(defects)) if link.startswith("loopback:") else None
    return replace(SIMULATOR, link=link, acceptance=acceptance, embedded=embedded, **values)  # type: ignore[arg-type]


def on_the_network(link: str) -> Device:
    """The public client only, and an impatient tester: each silence is waited for in real time."""
    public = tuple(item for item in SIMULATOR.associations if item.name in ("public", "reading"))
    return device(link, associations=public, timing=Timing(response_timeout_s=0.3, recovery_time_s=2.0))


def run(identifier: str, meter: Device, bench: Bench | None = None) -> list[Ended]:
    """Every item of a case."""
    case, function = FUNCTIONS[identifier]
    used = bench or Bench(meter, seed=1, keep_secret=lambda _: None)
    return [ended(case, function, slot, used) for slot in slots(case, [meter])]


def troubles(items: list[Ended]) -> list[str]:
    return [
        f"{item.number}: {item.verdict}, {item.reason}" for item in items if item.verdict in ("FAILED", "INCONCLUSIVE")
    ]


@pytest.mark.parametrize("link", [STREAM, DATAGRAMS])
@pytest.mark.parametrize("acceptance", list(Acceptance))
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_over_tcp_and_over_udp(identifier: str, acceptance: Acceptance, link: str) -> None:
    """In virtual time, under both profiles of acceptance, nothing fails or stays open, and what applies is judged."""
    items = run(identifier, device(link, acceptance))

    assert troubles(items) == []
    applies = identifier != (ONLY_UDP if link == STREAM else NEVER_UDP)
    assert ("PASSED" in {item.verdict for item in items}) is applies


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS, ids=lambda value: getattr(value, "name", value))
def test_each_case_fails_on_the_defects_that_it_claims(defect: Defect, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    items = run(identifier, device(DATAGRAMS if defect.datagrams else STREAM, defects=(defect.name,)))

    assert "FAILED" in {item.verdict for item in items}


def test_every_defect_says_that_it_shows_behind_the_wrapper() -> None:
    assert len(WRAPPER_DEFECTS) >= 12
    assert {defect.profile for defect in WRAPPER_DEFECTS} == {"wrapper"}
    assert {case for _, case in CLAIMS} == set(FUNCTIONS)


def test_over_hdlc_each_case_is_one_item_for_each_place_it_runs_in_and_says_why_it_does_not_apply() -> None:
    meter = replace(SIMULATOR, profile=Profile.HDLC)
    for identifier in FUNCTIONS:
        items = run(identifier, meter)
        assert {item.verdict for item in items} == {"INAPPLICABLE"}
        assert all(item.reason.startswith("device simulator: needs the wrapper profile") for item in items)


@pytest.mark.parametrize(("link", "identifier"), [(STREAM, ONLY_UDP), (DATAGRAMS, NEVER_UDP)])
def test_what_the_transport_rules_out_says_which_one_is_needed(link: str, identifier: str) -> None:
    reasons = {item.reason for item in run(identifier, device(link))}

    assert all(("over UDP" if identifier == ONLY_UDP else "a stream, as TCP is") in reason for reason in reasons)


def octets_of(identifier: str, number: int, meter: Device = SIMULATOR) -> bytes:
    case, _ = FUNCTIONS[identifier]
    (subtest,) = [item for item in case.subtests if item.number == number]
    return bytes.fromhex(rendered_octets(case, subtest, meter))


def test_one_field_of_the_header_is_wrong_and_nothing_else() -> None:
    aarq = "001D" + "601DA109060760857405080101BE10040E01000000065F1F0400"
    headers = {
        ("X_WRAPPER_VERSION", 1): "000000100001",
        ("X_WRAPPER_VERSION", 3): "010000100001",
        ("X_WRAPPER_PORTS", 1): "000100100091",
        ("X_WRAPPER_PORTS", 4): "000100630001",
    }
    for (identifier, number), header in headers.items():
        octets = octets_of(identifier, number)
        assert octets[:6].hex().upper() == header
        assert int.from_bytes(octets[6:8], "big") == len(octets) - 8 == 31
        assert octets[8:34] == bytes.fromhex(aarq[4:])
    lengths = {7: 0, 8: 32, 9: 0xFFFF, 10: 30, 11: 22}
    for number, length in lengths.items():
        octets = octets_of("X_WRAPPER_LENGTH", number)
        assert octets[:8] == bytes.fromhex("000100100001") + length.to_bytes(2, "big")
        assert len(octets) == 8 + 31


def test_the_wrong_port_of_the_field_is_among_the_stimuli() -> None:
    """A meter was asked at wPort 0x0091 and kept silent; the same header is sent here, to the meter of that config."""
    seen_in_the_field = bytes.fromhex("00010001009100446042A109060760857405080102")
    elster = load(ROOT / "device_configs" / "elster-ip-module.toml", secrets="placeholder")

    sent = octets_of("X_WRAPPER_PORTS", 1, elster)

    assert sent[:8] == seen_in_the_field[:8]
    assert len(sent) == 8 + 0x44


def test_a_pdu_that_must_have_no_effect_is_sent_once_and_silence_is_waited_for_as_long_as_declared() -> None:
    first = run("X_WRAPPER_VERSION", device())[0]

    assert first.trial is not None
    frames = first.trial.tape.frames
    assert [frame.octets[:2] for frame in frames if frame.direction == "C>S"].count(b"\0\0") == 1
    assert frames[1].time_s - frames[0].time_s == pytest.approx(SIMULATOR.timing.response_timeout_s)


@pytest.mark.parametrize(("link", "last"), [(STREAM, 0xC0), (DATAGRAMS, 0x62)])
def test_only_over_udp_has_a_client_to_say_that_it_goes(link: str, last: int) -> None:
    """A TCP connection is closed; over UDP an RLRQ ends the association, since nothing else would."""
    replies = run("X_WRAPPER_VERSION", device(link))[4]

    assert replies.trial is not None
    sent = [frame.octets for frame in replies.trial.tape.frames if frame.direction == "C>S"]
    assert sent[-1][8] == last


@pytest.mark.parametrize("identifier", ["X_WRAPPER_LENGTH", "X_WRAPPER_RECONNECT", "X_WRAPPER_VERSION"])
def test_the_sound_meter_passes_over_a_real_tcp_connection(identifier: str) -> None:
    with TcpServer(build(profile="wrapper").endpoint) as server:
        items = run(identifier, on_the_network(f"tcp://127.0.0.1:{server.port}"))

    assert {item.verdict for item in items} == {"PASSED"}, troubles(items)


def test_the_sound_meter_passes_over_real_datagrams() -> None:
    with UdpServer(build(profile="wrapper").datagram_endpoint) as server:
        items = run(ONLY_UDP, on_the_network(f"udp://127.0.0.1:{server.port}"))

    assert troubles(items) == []
    assert [item.verdict for item in items].count("PASSED") >= 14


class OneAtATime:
    """A meter with a single socket: it closes a second connection at once."""

    def __init__(self) -> None:
        self.meter = build(profile="wrapper")
        self.busy = False

    def endpoint(self) -> Endpoint:
        return Socket(self)


class Socket:
    """A connection to a meter that has one."""

    def __init__(self, owner: OneAtATime) -> None:
        self.closed = False
        self._owner = owner
        self._behind: Endpoint | None = None

    def connected(self, now: float) -> None:
        self.closed = self._owner.busy
        if not self.closed:
            self._owner.busy = True
            self._behind = self._owner.meter.endpoint()
            self._behind.connected(now)

    def disconnected(self, now: float) -> None:
        if self._behind is not None:
            self._owner.busy = False
            self._behind.disconnected(now)

    def receive(self, octets: bytes, now: float) -> None:
        if self._behind is not None:
            self._behind.receive(octets, now)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        return [] if self._behind is None else self._behind.outgoing(now)

    def next_timer(self) -> float | None:
        return None if self._behind is None else self._behind.next_timer()

    def tick(self, now: float) -> None:
        if self._behind is not None:
            self._behind.tick(now)


@pytest.mark.parametrize("acceptance", list(Acceptance))
def test_no_meter_has_to_take_two_connections(acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that closes the second at once passes, and what needs two connections is ruled out with that reason."""
    meter = device(acceptance=acceptance)
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    single = OneAtATime()
    monkeypatch.setattr(bench, "_embedded_meter", lambda: single)

    items = run("X_WRAPPER_RECONNECT", meter, bench)

    assert troubles(items) == []
    assert {item.number: item.reason for item in items if item.verdict == "INAPPLICABLE"} == {
        8: "the meter takes one connection at a time"
    }
