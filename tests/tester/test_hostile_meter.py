"""Whatever a meter sends: the tester comes to an end, and raises nothing but what it documents."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from conformance.device.load import load
from conformance.device.model import Acceptance, AssociationSettings, Profile
from conformance.diagnose.intake.keys import NO_KEYS
from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.reasoning.diagnosis import stated
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.tester.accepted_openings import accepted, rejected, released
from conformance.tester.accepted_services import access_result_of, data, refused, serves_data, silence
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.expectation import Situation
from conformance.tester.liveness import question
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reaction
from conformance.tester.reply import read_reply
from conformance.tester.security import ClientSecurity
from conformance.tester.seen import seen
from conformance.tester.transfer import TransferFailed, get, read
from tests.tester.far_side import CLIENT, SERVER, UA, FarSide, association, hdlc_link, wrapped, wrapper_link
from tests.tester.field_exchanges import EXCHANGES

CONFIG = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
ASSOCIATIONS = [CONFIG.association(name) for name in ("public", "management", "sn-public")]
FIELD = [frame.octets for exchange in EXCHANGES.values() for frame in exchange if frame.direction == "S>C"]
QUICK = hypothesis(max_examples=60, deadline=None, derandomize=True)


def spoilt(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of `samples`, some of its octets changed or its end cut off."""
    changes = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=3)

    def spoil(octets: bytes, changed: list[tuple[int, int]], end: int) -> bytes:
        result = bytearray(octets)
        for place, value in changed:
            if result:
                result[place % len(result)] = value
        return bytes(result[: len(result) - end])

    return st.builds(spoil, st.sampled_from(samples), changes, st.integers(0, 3))


SERVICES = ("C401C1000301", "C402C1000000000100020102", "D801060000", "0C010003FF", "E0C1000100")
FIELD_FRAMES = [octets for octets in FIELD if octets[0] == 0x7E]
FIELD_PDUS = [octets for octets in FIELD if octets[:2] == b"\x00\x01"]
FIELD_APDUS = [octets for octets in FIELD if octets not in FIELD_FRAMES and octets not in FIELD_PDUS]
APDUS = st.one_of(
    st.binary(max_size=60),
    spoilt(FIELD_APDUS),
    spoilt([bytes.fromhex(text) for text in SERVICES]),
)
FRAMES = st.builds(
    lambda kind, final, numbers, information, segmented, source: Frame(
        CLIENT, source, Control(kind, final, *numbers), information, segmented
    ).encode(),
    st.sampled_from([kind for kind in FrameType if kind is not FrameType.UNKNOWN]),
    st.booleans(),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.one_of(st.just(b""), st.binary(max_size=20), APDUS.map(lambda apdu: b"\xe6\xe7\x00" + apdu)),
    st.booleans(),
    st.sampled_from([SERVER, SERVER, SERVER, HdlcAddress(2)]),
)
HDLC_OCTETS = st.one_of(st.binary(min_size=1, max_size=40), FRAMES, spoilt(FIELD_FRAMES))
WRAPPER_OCTETS = st.one_of(
    st.binary(min_size=1, max_size=40),
    APDUS.map(wrapped),
    spoilt(FIELD_PDUS),
)


def answers(octets: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[list[tuple[float, bytes]]]]:
    sent = st.tuples(st.floats(0, 3), octets.filter(bool))
    return st.lists(st.lists(sent, max_size=4), max_size=8)


def drive(meter: Association, settings: AssociationSettings) -> list[Reaction]:
    """Everything that the tester does with an association."""
    reactions: list[Reaction] = []
    with suppress(PreambleFailed, TransferFailed, NotDeclared):
        reactions.append(meter.open())
        reactions.append(meter.authenticate(b"answer"))
        reactions.append(meter.request(question(meter)))
        meter.notify(question(meter))
        if settings.short_names:
            read(meter, 0xFA08)
        else:
            get(meter, AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2))
    with suppress(PreambleFailed):
        reactions.append(meter.release())
    meter.close()
    return reactions


def judge(reactions: list[Reaction], settings: AssociationSettings) -> None:
    for reaction in reactions:
        assert seen(reaction)
        assert len(seen(reaction)) < 2000
        serves_data(reaction)
        access_result_of(reaction)
        for expectation in (accepted(), rejected(), released(), data(), refused() | silence()):
            for profile in Acceptance:
                judgement = expectation.judge(reaction, Situation(settings, profile))
                assert judgement.reason


def diagnose(meter: Association) -> None:
    frames = meter.data_link.line.tape.frames
    given = [
        RecordedFrame(number, frame.direction, frame.layer, frame.octets, frame.time_s)
        for number, frame in enumerate(frames[:200], 1)
    ]
    if given:
        stated(recorded(given), NO_KEYS, meter.device)


@pytest.mark.parametrize("settings", ASSOCIATIONS, ids=lambda item: item.name)
@given(script=answers(HDLC_OCTETS), up=st.booleans())
@QUICK
def test_over_hdlc(settings: AssociationSettings, script: list[list[tuple[float, bytes]]], up: bool) -> None:
    far_side = FarSide(*([[UA]] if up else []), *script)
    here = replace(settings, client_sap=16, logical_device=1)
    meter = association(CONFIG, here, hdlc_link(far_side))

    reactions = drive(meter, here)

    assert len(far_side.received) < 200
    judge(reactions, here)
    diagnose(meter)


@pytest.mark.parametrize("settings", ASSOCIATIONS, ids=lambda item: item.name)
@given(script=answers(WRAPPER_OCTETS))
@QUICK
def test_over_the_wrapper(settings: AssociationSettings, script: list[list[tuple[float, bytes]]]) -> None:
    far_side = FarSide(*script)
    here = replace(settings, client_sap=16, logical_device=1)
    meter = association(replace(CONFIG, profile=Profile.WRAPPER), here, wrapper_link(far_side))

    reactions = drive(meter, here)

    assert len(far_side.received) < 50
    judge(reactions, here)
    diagnose(meter)


@given(octets=st.one_of(st.binary(max_size=80), spoilt(FIELD)))
@hypothesis(max_examples=300, deadline=None, derandomize=True)
def test_any_apdu_becomes_a_reply_and_is_explained(octets: bytes) -> None:
    for settings in ASSOCIATIONS:
        reply = read_reply(ApduReceived(octets, 0), ClientSecurity(settings, lambda: 1))
        judge([reply], settings)
    assert stated(recorded([RecordedFrame(1, "S>C", "apdu", octets, 0.0)]), NO_KEYS, CONFIG)[1]


@pytest.mark.parametrize("octets", [b"\x7e", b"\x00", b"\x7e\xa0", UA])
def test_a_meter_that_never_stops_sending_comes_to_an_end(octets: bytes) -> None:
    """The same octets again and again, faster than any timeout."""
    flood = [(number / 100, octets) for number in range(20_000)]
    meter = association(CONFIG, ASSOCIATIONS[0], hdlc_link(FarSide(flood, flood, flood)))

    drive(meter, ASSOCIATIONS[0])

    assert meter.data_link.line.clock.now() < 600
