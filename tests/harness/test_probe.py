"""The bare link: frames sent once, judged strictly, and what a preamble that fails means."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter, Protection
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.deciding import deciding_octets
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import frmr, ua
from conformance.tester.frame_stimulus import disc, frame, information, snrm
from conformance.tester.reaction import FrameAnswered, Silence, Unreadable

SIMULATOR = load(find_device_config("simulator"))


def faulty(*defects: str) -> Device:
    return replace(SIMULATOR, embedded=EmbeddedMeter(defects=frozenset(defects)))


def trial(device: Device = SIMULATOR) -> Trial:
    subtest = Subtest(1, "a frame", snrm(), ua())
    case = Case("X_PROBE", "", "", subtests=(subtest,))
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    return Trial(case, subtest, device.association("public"), Protection.NONE, bench, Random(1))


def sent(made: Trial) -> list[str]:
    return [frame.octets.hex().upper() for frame in made.tape.frames if frame.direction == "C>S"]


def test_a_link_is_set_up_checked_and_released() -> None:
    """Preambles, then the two strict checks."""
    made = trial()
    probe = made.probe()
    probe.clean()
    probe.ndm_check()
    probe.connect()
    probe.nrm_check()
    probe.release()
    probe.ndm_check()
    probe.set_up()
    assert all(step.passed for step in made.steps)


def test_the_checks_are_strict() -> None:
    """A link that is up is not down, and a link that is down is not up."""
    made = trial()
    probe = made.probe()
    probe.clean()
    with pytest.raises(Failed, match="RR expected; DM"):
        probe.nrm_check()
    probe.connect()
    with pytest.raises(Failed, match="DM expected; UA"):
        probe.ndm_check()


def test_silence_is_waited_for_as_long_as_is_declared_and_nothing_is_sent_again() -> None:
    """One frame, one wait."""
    made = trial()
    probe = made.probe()
    began = probe.line.clock.now()
    assert probe.send(snrm().dropped("hdlc-frame.opening-flag")) == Silence(5.0)
    assert probe.line.clock.now() - began == pytest.approx(5.0)
    assert sent(made) == ["A0070321930F017E"]


def test_an_idle_wait_is_recorded_and_gives_what_came() -> None:
    """It counts as a wait that the case must make; what the meter says amid it is not lost."""
    made = trial()
    probe = made.probe()
    assert probe.idle(3.0, "a reason") == Silence(3.0)
    assert "a reason" in made.steps[-1].title
    probe.transmit(disc())
    assert isinstance(probe.idle(1.0), FrameAnswered)


@pytest.mark.parametrize("defect", ["hdlc-dm-with-wrong-fcs", "hdlc-ua-without-final", "hdlc-ua-addresses-not-swapped"])
def test_a_reply_that_is_no_legal_frame_fails_even_a_preamble(defect: str) -> None:
    """Wrong check sequence, missing F bit, wrong address: a fault of the meter wherever it shows."""
    made = trial(faulty(defect))
    probe = made.probe()
    preamble = probe.clean if defect == "hdlc-dm-with-wrong-fcs" else probe.connect
    with pytest.raises(Failed):
        preamble()
    judgement = made.judgements[-1]
    assert judgement.frame is not None
    found = deciding_octets(made.tape.frames[judgement.frame], judgement.path, 1)
    assert found is not None
    assert found.path.startswith("hdlc-frame.content.")
    assert found.octets


def test_a_preamble_without_its_answer_leaves_the_subtest_open() -> None:
    """Silence, and another legal frame than the wanted one, cannot be judged."""
    made = trial(faulty("hdlc-second-snrm-unanswered"))
    probe = made.probe()
    probe.connect()
    with pytest.raises(Inconclusive, match=r"preamble failed: silence for 5 s; UA expected"):
        probe.connect()
    assert made.steps[-1].passed is False


def test_a_form_of_the_address_that_cannot_be_coded_is_ruled_out() -> None:
    """2 and 4 octets need a lower address."""
    bare = replace(SIMULATOR, hdlc=replace(SIMULATOR.hdlc, server_lower=None))
    with pytest.raises(Inapplicable, match="server_lower"):
        trial(bare).probe(2)


@pytest.mark.parametrize("octets", [1, 2, 4])
def test_a_probe_speaks_to_the_address_it_was_made_for(octets: int) -> None:
    """Also in its own checks."""
    made = trial()
    probe = made.probe(octets)
    probe.connect()
    probe.release()
    assert {len(item) // 2 - 8 for item in sent(made)} == {octets}


def test_a_reply_between_other_addresses_than_the_command_had_is_unreadable() -> None:
    """The path says which of the two is wrong."""
    made = trial(faulty("hdlc-reply-address-extended"))
    probe = made.probe()
    reaction = probe.send(disc())
    assert isinstance(reaction, Unreadable)
    assert reaction.path == "hdlc-frame.content.source-address"


def test_octets_of_a_frmr_are_found_in_its_information_field() -> None:
    """A report marks the very octets: the rejected control field, the reasons."""
    made = trial()
    probe = made.probe()
    probe.connect()
    reaction = probe.send(frame(0xFF))
    assert isinstance(reaction, FrameAnswered)
    with pytest.raises(Failed):
        made.judge(reaction, frmr(w=False))
    found = deciding_octets(made.tape.frames[reaction.frame], made.judgements[-1].path, 9)
    assert found is not None
    assert (found.path, found.start, found.octets, found.frame) == ("frmr.reasons", 2, "01", 9)


def test_octets_of_negotiated_parameters_are_found_too() -> None:
    """So that a case of negotiation can point at the value that is too large."""
    made = trial()
    probe = made.probe()
    reaction = probe.send(snrm(b"\x81\x80\x00"))
    assert isinstance(reaction, FrameAnswered)
    path = "parameters.max-information-field-length-transmit.value"
    found = deciding_octets(made.tape.frames[reaction.frame], path, 1)
    assert found is not None
    assert (found.path, found.octets) == (path, "80")
    assert deciding_octets(made.tape.frames[reaction.frame], "frmr.reasons", 1) is None


def test_no_association_is_made_only_to_judge_a_frame() -> None:
    """Making one could cost an exchange: its invocation counter may have to be read from the meter."""
    made = trial()
    probe = made.probe()
    probe.clean()
    made.judge(probe.send(snrm()))
    assert made._associations == []


def test_the_device_is_left_disconnected() -> None:
    """At the end of the item the link is taken down, where one is up."""
    made = trial()
    probe = made.probe()
    probe.connect()
    probe.send(information("E6E600"))
    made.close()
    assert sent(made)[-1] == "7EA00703215303C77E"
    idle = trial()
    idle.probe().clean()
    before = len(sent(idle))
    idle.close()
    assert len(sent(idle)) == before
