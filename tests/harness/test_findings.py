"""The findings beside a verdict: what is wrong with meter and config, and never what the tester did on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.finding_frames import runs_of
from conformance.harness.findings import findings_of
from conformance.harness.trial import Trial
from conformance.record.model import FindingRecord
from conformance.record.verdict import Verdict
from conformance.tester.association import PreambleFailed
from conformance.tester.frame_stimulus import disc, information, rr, snrm
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus, aarq, apdu, raw
from conformance.tester.tape import Tape

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
CASE = Case("X_FINDINGS", title="findings", clause="")
FIRST = 101


def trial(name: str, device: Device = SIMULATOR, *, declared: Device | None = None) -> Trial:
    """An item in an association of a meter; `declared` is the device config where it says other things than hold."""
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    if declared is not None:
        assert bench.why_dead(Tape()) is None
        bench.device = declared
    settings = bench.device.association(name)
    return Trial(CASE, Subtest(1, "one"), settings, settings.protections[0], bench, Random(1))


def told(run: Trial, verdict: Verdict = Verdict.FAILED) -> dict[str, FindingRecord]:
    run.close()
    return {finding.code: finding for finding in findings_of(run, verdict, FIRST, "main")}


def grave(found: dict[str, FindingRecord]) -> set[str]:
    return {code for code, finding in found.items() if finding.severity != "info"}


def with_association(name: str, **changes: object) -> Device:
    own = tuple(replace(item, **changes) if item.name == name else item for item in SIMULATOR.associations)
    return replace(SIMULATOR, associations=own)


def with_defect(name: str) -> Device:
    return replace(SIMULATOR, embedded=EmbeddedMeter(defects=frozenset((name,))))


def test_a_config_with_another_password_is_told_with_the_field_to_change() -> None:
    run = trial("reading", declared=with_association("reading", secret=Secret(b"another1")))
    with pytest.raises(PreambleFailed):
        run.association.establish()

    found = told(run, Verdict.INCONCLUSIVE)

    assert {"authentication-failure", "secret-wrong"} <= grave(found)
    assert (found["secret-wrong"].evidence, found["secret-wrong"].suggestion[:10]) == ("inferred", "Set secret")
    assert found["authentication-failure"].evidence == "read"
    reply = next(frame for frame in run.tape.frames if b"\xa2\x03\x02\x01\x01" in frame.octets)
    assert found["authentication-failure"].frame == FIRST + reply.number


def test_a_config_with_another_key_is_told_and_the_key_is_not() -> None:
    key = Secret(bytes.fromhex("8F1D2C3B4A59687706F5E4D3C2B1A091"))
    run = trial("management", declared=with_association("management", encryption_key=key))
    with pytest.raises(PreambleFailed):
        run.association.establish()

    found = told(run, Verdict.ERROR)

    assert grave(found)
    assert key.reveal().hex() not in " ".join(item.message for item in found.values()).lower()


@pytest.mark.parametrize(
    ("association", "stimulus"),
    [
        ("reading", aarq(secret=b"another1")),
        ("public", aarq().altered("aarq.application-context-name.value", "060760857405080109")),
        ("public", aarq(proposed_dlms_version_number=5)),
        ("management", aarq(invocation_counter=0)),
        ("management", aarq(calling_ap_title=None)),
        ("public", aarq(proposed_conformance=frozenset((ConformanceBit.READ,)))),
    ],
    ids=str,
)
def test_what_is_altered_on_purpose_is_nobodys_fault(association: str, stimulus: Stimulus) -> None:
    """The refusal of it is worth knowing, with what was altered; nothing is to be changed."""
    run = trial(association)
    run.association.open(stimulus)

    found = told(run)

    assert grave(found) == set()
    explained = [item for item in found.values() if "on purpose" in item.message]
    assert explained
    assert not any(item.suggestion for item in found.values())
    assert any(str(stimulus)[:60] in item.message for item in explained)


def test_a_frame_with_a_wrong_check_sequence_is_explained_and_silence_after_it_is_not() -> None:
    run = trial("public")
    probe = run.probe()
    probe.send(snrm())
    probe.send(information("E6E600C0").flipped("hdlc-frame.content.hcs"))
    assert grave(told(run)) == set()

    deaf = trial("public", with_defect("hdlc-dead-after-wrong-hcs"))
    probe = deaf.probe()
    probe.send(snrm())
    probe.send(information("E6E600C0").flipped("hdlc-frame.content.hcs"))
    probe.send(disc())
    assert "silent-after-broken-frame" in grave(told(deaf))


def test_a_fault_of_the_meter_stays_one_behind_a_stimulus_that_is_altered() -> None:
    run = trial("reading", with_defect("data-after-rejection"))
    run.association.open(aarq(secret=b"another1"))
    run.association.request(question(run.association))

    found = told(run)

    assert found["served-after-rejection"].severity == "error"
    assert found["association-rejected"].severity == "info"


def test_a_passed_item_has_nothing_above_info_and_says_that_it_was_rejected() -> None:
    run = trial("reading")
    run.association.open(aarq(secret=b"another1"))
    found = told(run, Verdict.PASSED)
    assert [(code, item.severity) for code, item in found.items()] == [("association-rejected", "info")]
    assert "on purpose" in found["association-rejected"].message

    accepted = trial("reading")
    accepted.association.establish()
    assert told(accepted, Verdict.PASSED) == {}


@pytest.mark.parametrize("name", ["public", "reading", "management", "sn-reading"])
def test_a_sound_exchange_has_no_findings_even_where_a_case_fails(name: str) -> None:
    run = trial(name)
    run.association.establish()
    run.association.request(question(run.association))
    assert told(run) == {}


def test_messages_name_frames_as_the_log_numbers_them() -> None:
    run = trial("public", with_defect("hdlc-dead-after-wrong-hcs"))
    probe = run.probe()
    probe.send(snrm())
    probe.send(information("E6E600C0").flipped("hdlc-frame.content.hcs"))
    probe.send(disc())
    numbers = [frame.number for frame in run.tape.frames if frame.direction == "C>S"]
    message = told(run)["silent-after-broken-frame"].message
    assert f"Since frame {FIRST + numbers[1]} of worker main" in message


def test_a_long_item_is_diagnosed_by_its_opening_and_its_end() -> None:
    run = trial("public")
    run.association.establish()
    for _ in range(60):
        run.association.request(question(run.association))
    opening = next(frame.number for frame in run.tape.frames if b"\x61\x29" in frame.octets)

    end, beginning = runs_of(run.tape.frames, None)

    assert (beginning.begins, beginning.ends, end.begins, end.ends) == (True, False, False, True)
    assert beginning.frames[-1].number == opening
    assert end.frames[0].direction == "C>S"
    assert end.frames[-1] is run.tape.frames[-1]
    assert len(end.frames) <= 40
    assert told(run) == {}
    around = runs_of(run.tape.frames, 50)[0].frames
    assert around[0].number <= 50 <= around[-1].number < len(run.tape.frames) - 1


@pytest.mark.parametrize(
    ("stimulus", "on_purpose"),
    [
        (aarq(), False),
        (apdu("C001C1000F0000280000FF0100"), False),
        (snrm(), False),
        (disc(), False),
        (aarq(secret=b"x"), True),
        (aarq().dropped("aarq.mechanism-name"), True),
        (raw("C0"), True),
        (rr(3), True),
        (information("E6E600"), True),
        (snrm(b"\x81"), True),
    ],
    ids=str,
)
def test_a_stimulus_knows_whether_it_differs_from_what_is_declared(stimulus: Stimulus, on_purpose: bool) -> None:
    assert bool(stimulus.purpose) == on_purpose
