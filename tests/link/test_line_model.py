"""The line model: what a line does to octets is the same in every run, and nothing else is done to them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.stream import FrameStream
from conformance.link.line_model import LineModel, ModelledLine
from conformance.link.loopback import LoopbackLink
from conformance.link.make import Links
from conformance.link.url import parse_url
from conformance.meter.meter import build
from tests.link.scripted import ScriptedEndpoint

SNRM = bytes.fromhex("7EA0070321930F017E")
UA = FrameType.UA
TRANSMISSIONS = st.lists(st.binary(max_size=60), max_size=12)
FAULTS = st.floats(0, 0.3)
MODELS = st.builds(
    LineModel,
    baud=st.none() | st.sampled_from((300, 9600, 115_200)),
    turnaround_s=st.sampled_from((0.0, 0.02)),
    octet_loss=FAULTS,
    bit_errors=FAULTS,
    duplicates=FAULTS,
    noise=FAULTS,
    seed=st.integers(0, 1000),
)


def carried(line: ModelledLine, transmissions: list[bytes]) -> list[list[tuple[float, bytes]]]:
    return [line.to_device(octets, 0.1 * place) for place, octets in enumerate(transmissions)]


def octets_of(line: ModelledLine, transmissions: list[bytes]) -> bytes:
    return b"".join(octets for part in carried(line, transmissions) for _, octets in part)


def meter_link(model: LineModel | None, **meter: object) -> LoopbackLink:
    link = LoopbackLink(build(**meter).endpoint, line=model)  # type: ignore[arg-type]
    link.open()
    return link


def reply(link: LoopbackLink, wait_s: float = 2.0) -> bytes:
    until = link.clock.now() + wait_s
    octets = b""
    while part := link.receive(until):
        octets += part
    return octets


def kinds(octets: bytes) -> list[FrameType]:
    return [Control.decode(frame[5]).type for frame in FrameStream().feed(octets)]


@given(MODELS, TRANSMISSIONS)
def test_same_model_makes_the_same_of_the_same_octets(model: LineModel, transmissions: list[bytes]) -> None:
    assert carried(ModelledLine(model), transmissions) == carried(ModelledLine(model), transmissions)


@given(TRANSMISSIONS, st.none() | st.sampled_from((300, 9600)), st.integers(0, 9))
def test_line_without_faults_changes_no_octet(transmissions: list[bytes], baud: int | None, seed: int) -> None:
    assert octets_of(ModelledLine(LineModel(baud, seed=seed)), transmissions) == b"".join(transmissions)


@given(MODELS, TRANSMISSIONS)
def test_octets_arrive_in_order_and_never_before_they_were_sent(model: LineModel, transmissions: list[bytes]) -> None:
    parts = carried(ModelledLine(model), transmissions)
    moments = [moment for part in parts for moment, _ in part]

    assert moments == sorted(moments)
    assert all(moment >= 0.1 * place for place, part in enumerate(parts) for moment, _ in part)


def test_another_seed_or_occasion_makes_other_faults() -> None:
    lines = [
        ModelledLine(LineModel(octet_loss=0.5, seed=1)),
        ModelledLine(LineModel(octet_loss=0.5, seed=2)),
        ModelledLine(LineModel(octet_loss=0.5, seed=1), "another case"),
    ]

    assert len({octets_of(line, [bytes(range(200))]) for line in lines}) == 3


def test_each_direction_has_faults_of_its_own() -> None:
    line = ModelledLine(LineModel(octet_loss=0.5))
    octets = bytes(range(200))

    assert line.to_device(octets, 0.0) != line.from_device(octets, 0.0)


@pytest.mark.parametrize("loss", [0.01, 0.1, 0.5])
def test_octets_are_lost_as_often_as_asked_for(loss: float) -> None:
    size = 100_000
    left = len(octets_of(ModelledLine(LineModel(octet_loss=loss)), [bytes(1000)] * (size // 1000)))
    deviation = math.sqrt(size * loss * (1 - loss))

    assert abs(size * (1 - loss) - left) < 5 * deviation


@pytest.mark.parametrize("rate", [0.001, 0.05])
def test_bits_are_changed_as_often_as_asked_for(rate: float) -> None:
    size = 20_000
    arrived = octets_of(ModelledLine(LineModel(bit_errors=rate)), [bytes(1000)] * (size // 1000))
    changed = sum(octet.bit_count() for octet in arrived)

    assert len(arrived) == size
    assert abs(8 * size * rate - changed) < 5 * math.sqrt(8 * size * rate)


def test_line_that_loses_everything_delivers_nothing() -> None:
    assert octets_of(ModelledLine(LineModel(octet_loss=1.0)), [SNRM, SNRM]) == b""


def test_duplicates_are_whole_frames() -> None:
    assert octets_of(ModelledLine(LineModel(duplicates=1.0)), [SNRM]) == SNRM * 2
    assert octets_of(ModelledLine(LineModel(duplicates=1.0)), [b"no frame", SNRM[:-1]]) == b"no frame" + SNRM[:-1]


def test_duplicate_follows_its_frame_when_several_are_sent_at_once() -> None:
    other = Frame(HdlcAddress(1), HdlcAddress(16), Control(FrameType.DISC, True)).encode()

    arrived = octets_of(ModelledLine(LineModel(duplicates=1.0)), [SNRM + other])

    assert arrived == SNRM * 2 + other * 2


def test_noise_comes_before_a_transmission_and_never_within() -> None:
    line = ModelledLine(LineModel(noise=1.0))
    for place in range(50):
        arrived = octets_of(line, [SNRM])
        assert arrived.endswith(SNRM), place
        assert 1 <= len(arrived) - len(SNRM) <= 4


def test_octets_take_the_time_of_the_baud_rate() -> None:
    arrived = ModelledLine(LineModel(baud=9600)).to_device(b"\x01\x02\x03", 5.0)

    assert [octets for _, octets in arrived] == [b"\x01", b"\x02", b"\x03"]
    assert [moment for moment, _ in arrived] == pytest.approx([5 + n * 10 / 9600 for n in (1, 2, 3)])


def test_transmission_waits_until_the_line_is_free() -> None:
    line = ModelledLine(LineModel(baud=1000))
    line.to_device(bytes(10), 0.0)

    assert line.to_device(b"x", 0.0) == [(pytest.approx(0.11), b"x")]


def test_turnaround_passes_between_the_directions_both_ways() -> None:
    line = ModelledLine(LineModel(baud=1000, turnaround_s=0.5))
    line.to_device(bytes(10), 0.0)

    assert line.from_device(b"x", 0.1) == [(pytest.approx(0.1 + 0.5 + 0.01), b"x")]
    assert line.to_device(b"y", 0.2) == [(pytest.approx(0.61 + 0.5 + 0.01), b"y")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"octet_loss": 1.5}, "octet_loss 1.5"),
        ({"bit_errors": -0.1}, "bit_errors"),
        ({"noise": math.nan}, "noise"),
        ({"baud": 0}, "baud 0"),
        ({"turnaround_s": -1.0}, "turnaround"),
        ({"turnaround_s": math.inf}, "turnaround"),
    ],
)
def test_model_that_is_no_line_is_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LineModel(**wrong)  # type: ignore[arg-type]


def test_loopback_at_a_baud_rate_takes_virtual_time_for_every_octet() -> None:
    link = meter_link(LineModel(baud=9600, turnaround_s=0.02), response_time_s=0.1)
    link.send(SNRM)
    sent_at = link.clock.now()
    first = link.receive(until=5.0)
    first_at = link.clock.now()

    assert sent_at == pytest.approx(9 * 10 / 9600)
    assert first == b"\x7e"
    assert first_at == pytest.approx(sent_at + 0.1 + 10 / 9600)
    assert kinds(first + reply(link)) == [UA]


def test_pacing_itself_never_trips_the_inter_octet_timeout_of_the_meter() -> None:
    link = meter_link(LineModel(baud=600))
    link.send(SNRM)

    assert kinds(reply(link)) == [UA]


def test_gap_within_a_frame_trips_the_inter_octet_timeout_of_the_meter() -> None:
    link = meter_link(LineModel(baud=9600))
    link.send(SNRM[:5])
    link.receive(link.clock.now() + 0.03)
    link.send(SNRM[5:])

    assert reply(link) == b""

    link.send(SNRM[:5])
    link.receive(link.clock.now() + 0.02)
    link.send(SNRM[5:])

    assert kinds(reply(link)) == [UA]


def test_lost_octets_cost_frames_and_not_the_meter() -> None:
    link = meter_link(LineModel(baud=9600, octet_loss=0.05, seed=3))
    answers = []
    for _ in range(40):
        link.send(SNRM)
        answers.append(reply(link))
    whole = [octets for octets in answers if octets.startswith(b"\x7e") and kinds(octets) == [UA]]

    assert 0 < len(whole) < 40


def test_duplicated_command_reaches_the_meter_twice() -> None:
    assert kinds(reply_to_snrm(LineModel(duplicates=1.0))) == [UA] * 4
    assert kinds(reply_to_snrm(None)) == [UA]


def reply_to_snrm(model: LineModel | None) -> bytes:
    link = meter_link(model)
    link.send(SNRM)
    return reply(link)


def test_reply_that_was_not_due_yet_does_not_hold_up_the_client() -> None:
    link = LoopbackLink(
        lambda: ScriptedEndpoint(lambda octets, now: [(now + 10.0, octets)]), line=LineModel(9600, turnaround_s=0.02)
    )
    link.open()
    link.send(b"a")
    link.receive(1.0)
    link.send(b"b")

    assert link.clock.now() < 1.1
    assert reply(link, 20.0) == b"ab"


def test_links_that_share_a_line_go_on_in_its_row_of_chances() -> None:
    line = ModelledLine(LineModel(octet_loss=0.5))
    heard = []
    for _ in range(2):
        endpoint = ScriptedEndpoint(lambda octets, now: [])
        link = LoopbackLink(lambda endpoint=endpoint: endpoint, line=line)  # type: ignore[misc]
        link.open()
        link.send(bytes(range(100)))
        heard.append(endpoint.received)

    assert heard[0] != heard[1]


@settings(max_examples=30, deadline=None)
@given(MODELS, TRANSMISSIONS)
def test_whole_conversation_is_the_same_in_every_run(model: LineModel, transmissions: list[bytes]) -> None:
    def heard() -> list[tuple[float, bytes]]:
        link = meter_link(model)
        arrived = []
        for octets in [SNRM, *transmissions, SNRM]:
            link.send(octets)
            until = link.clock.now() + 1.0
            while part := link.receive(until):
                arrived.append((link.clock.now(), part))
        return arrived

    assert heard() == heard()


def test_items_of_a_run_have_the_same_faults_in_whatever_order_they_run() -> None:
    def heard(occasions: str) -> dict[str, bytes]:
        endpoints: list[ScriptedEndpoint] = []

        def make() -> ScriptedEndpoint:
            endpoints.append(ScriptedEndpoint(lambda octets, now: []))
            return endpoints[-1]

        links = Links(parse_url("loopback:?octet_loss=0.5&seed=4"), make)
        for occasion in occasions:
            links.begin(occasion)
            link = links.make()
            link.open()
            link.send(bytes(range(100)))
        return {occasion: endpoint.received for occasion, endpoint in zip(occasions, endpoints, strict=True)}

    assert heard("abc") == heard("cab")
    assert len(set(heard("abc").values())) == 3
