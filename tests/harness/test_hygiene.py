"""What the frames of a whole run show when they are laid side by side; only the meter is blamed for its own."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.harness.hygiene import Hygiene
from conformance.harness.hygiene_replay import replay_logs
from conformance.harness.used_nonces import MOST_NONCES
from conformance.record.frame_security import Challenge, Exposure, FrameSecurity, Nonce
from conformance.record.frames import FrameLog, Place
from conformance.record.redaction import Redactor
from conformance.tester.tape import Tape

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
REAL = replace(SIMULATOR, embedded=None, link="tcp://192.0.2.1:4059")
METER, CLIENT = "5844430000000001", "5844434C49454E54"
FIRST, SECOND = Place("simulator", "X_ONE", "management", "glo", 1), Place("simulator", "X_TWO", "management", "", 7)


def nonce(counter, *, title=METER, digest="0" * 16, key="A" * 16, **more):
    return Nonce(key, title, counter, 0x30, digest, **more)


def frame(tape, direction, *nonces, octets=b"\xc4\x01\xc1\x00\x00", **shown):
    taped = tape.add(0.0, direction, "octets", octets)
    taped.apdu = octets
    if nonces or shown:
        taped.security = FrameSecurity("management", nonces, **shown)
    return taped


def taken(*items, device=SIMULATOR):
    """The collection after items of one frame or more each."""
    hygiene = Hygiene(device)
    for place, tape in items:
        hygiene.take(place, tape)
    return hygiene


def tape_of(*frames):
    tape = Tape()
    for direction, *nonces in frames:
        frame(tape, direction, *nonces)
    return tape


def test_a_nonce_of_the_meter_in_two_items_is_found_and_both_are_named():
    hygiene = taken(
        (FIRST, tape_of(("C>S",), ("S>C", nonce(5)))),
        (SECOND, tape_of(("C>S",), ("S>C", nonce(5, digest="1" * 16)))),
    )
    assert hygiene.reused.count == 1
    reason = hygiene.reused.first.reason
    assert "invocation counter 5 (00000005)" in reason
    assert "frame 2 of its item (X_ONE subtest 1, management glo)" in reason
    assert reason.endswith("come again in frame 2 of its item (X_TWO subtest 7, management)")


@pytest.mark.parametrize(
    "other",
    [nonce(6), nonce(5, title="5844430000000002"), nonce(5, key="B" * 16)],
    ids=["another counter", "another title", "another key"],
)
def test_what_differs_in_one_part_is_another_nonce(other):
    hygiene = taken((FIRST, tape_of(("C>S",), ("S>C", nonce(5)), ("C>S",), ("S>C", other))))
    assert hygiene.reused.count == 0
    assert hygiene.opened == {"management": 2}


def test_the_answer_to_the_challenge_and_the_reply_around_it_need_a_counter_each():
    hygiene = taken((FIRST, tape_of(("C>S",), ("S>C", nonce(5), nonce(5, digest="1" * 16, challenge=True)))))
    assert hygiene.reused.count == 1


def test_octets_that_a_network_delivers_twice_are_no_second_use():
    assert taken((FIRST, tape_of(("C>S",), ("S>C", nonce(5)), ("S>C", nonce(5))))).reused.count == 0


def test_the_same_octets_in_answer_to_another_request_are_a_second_use():
    assert taken((FIRST, tape_of(("C>S",), ("S>C", nonce(5)), ("C>S",), ("S>C", nonce(5))))).reused.count == 1


def test_a_reuse_by_the_tester_is_blamed_on_the_tool_and_not_on_the_meter():
    own = nonce(5, title=CLIENT)
    hygiene = taken((FIRST, tape_of(("C>S", own), ("C>S", nonce(5, title=CLIENT, digest="1" * 16)))))
    assert (hygiene.reused.count, hygiene.reused_by_tester.count) == (0, 1)


def test_a_counter_that_a_case_chose_is_nobodys_fault():
    own = nonce(5, title=CLIENT)
    again = nonce(5, title=CLIENT, digest="1" * 16, chosen=True)
    hygiene = taken((FIRST, tape_of(("C>S", own), ("C>S", again))))
    assert (hygiene.reused.count, hygiene.reused_by_tester.count) == (0, 0)


def test_a_meter_that_uses_what_the_client_has_used_is_found():
    hygiene = taken((FIRST, tape_of(("C>S", nonce(5, title=CLIENT)), ("S>C", nonce(5, title=CLIENT, digest="1" * 16)))))
    assert hygiene.reused.count == 1


def test_a_meter_that_spends_the_clients_counters_before_the_client_does_is_to_blame():
    spent = nonce(5, title=CLIENT), nonce(5, title=CLIENT, digest="1" * 16)
    hygiene = taken((FIRST, tape_of(("C>S",), ("S>C", spent[0]), ("C>S", spent[1]))))
    assert (hygiene.reused.count, hygiene.reused_by_tester.count) == (1, 0)
    assert hygiene.reused.first.reason.endswith("the meter had used the client's title")


def test_what_a_case_sent_in_the_name_of_the_meter_does_not_bind_the_meter():
    own = nonce(5, chosen=True)
    assert taken((FIRST, tape_of(("C>S", own), ("S>C", nonce(5, digest="1" * 16))))).reused.count == 0
    assert taken((FIRST, tape_of(("S>C", nonce(5)), ("C>S", own)))).reused_by_tester.count == 0


def test_a_tape_that_is_looked_at_while_it_runs_is_not_counted_twice():
    tape, hygiene = tape_of(("C>S",), ("S>C", nonce(5))), Hygiene(SIMULATOR)
    hygiene.current(FIRST, tape)
    frame(tape, "S>C", nonce(6))
    hygiene.take(FIRST, tape)
    assert hygiene.reused.count == 0
    assert hygiene.opened.total() == 2


@pytest.mark.parametrize(
    ("shown", "rule", "told"),
    [
        ({"tag_octets": 8}, "tags", "authentication tag of 8 octets, not 12"),
        ({"untagged": True}, "tags", "no authentication tag in the answer"),
        ({"exposed": Exposure("get-response in clear", "get-response")}, "exposed", "get-response in clear: frame 1"),
        ({"challenge": Challenge("00" * 7)}, "challenges", "a challenge of 7 octets"),
        ({"challenge": Challenge("00" * 65)}, "challenges", "a challenge of 65 octets"),
        ({"challenge": Challenge("00" * 8, returned=True)}, "challenges", "is the client's own"),
        ({"server_title": ""}, "titles", "no system title"),
        ({"server_title": "0" * 16}, "titles", "all zeros"),
        ({"server_title": "5844"}, "titles", "a system title of 2 octets"),
        ({"server_title": CLIENT}, "titles", "the client's system title"),
    ],
)
def test_what_one_frame_shows_is_found(shown, rule, told):
    tape = Tape()
    frame(tape, "S>C", **shown)
    faults = getattr(taken((FIRST, tape)), rule)
    assert faults.count == 1
    assert told in faults.first.reason


def test_challenges_and_titles_are_compared_over_items():
    tapes = [Tape(), Tape()]
    for number, tape in enumerate(tapes):
        frame(tape, "S>C", challenge=Challenge("AB" * 16), server_title=f"584443000000000{number + 1}")
    hygiene = taken((FIRST, tapes[0]), (SECOND, tapes[1]))
    assert "the challenge of frame 1 of its item (X_ONE subtest 1" in hygiene.challenges.first.reason
    assert "is 5844430000000002, and was 5844430000000001" in hygiene.titles.first.reason


def test_logical_devices_have_titles_of_their_own():
    tapes = [Tape(), Tape()]
    frame(tapes[0], "S>C", server_title=METER)
    frame(tapes[1], "S>C").security = FrameSecurity("sn-reading", server_title="5844430000000011")
    assert taken((FIRST, tapes[0]), (SECOND, tapes[1])).titles.count == 0


@pytest.mark.parametrize("spelled", [bytes, lambda key: key.hex().encode(), lambda key: key.hex().upper().encode()])
def test_a_key_in_what_the_meter_sends_is_found_and_not_told(spelled):
    key = SIMULATOR.association("management").encryption_key.reveal()
    tape = Tape()
    value = spelled(key)
    frame(tape, "S>C", octets=b"\xc4\x01\xc1\x00\x09" + bytes((len(value),)) + value)
    hygiene = Hygiene(SIMULATOR, next_frame=lambda: 1)
    hygiene.take(FIRST, tape, 1)
    fault = hygiene.leaks.first
    assert "management.encryption_key" in fault.reason
    assert set(bytes.fromhex(fault.deciding.octets)) == {0x2A}
    assert (fault.deciding.frame, fault.deciding.start) == (1, 6)


def test_a_key_in_what_the_tester_sends_is_no_leak_of_the_meter():
    tape = Tape()
    frame(tape, "C>S", octets=SIMULATOR.association("management").master_key.reveal())
    assert taken((FIRST, tape)).leaks.count == 0


def test_a_key_of_zeros_is_not_searched_for_and_that_is_told(tmp_path, simulator_toml):
    text = simulator_toml.replace('"D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"', f'"{"00" * 16}"')
    path = tmp_path / "zeros.toml"
    path.write_text(text)
    tape = Tape()
    frame(tape, "S>C", octets=b"\xc4\x01\xc1\x00\x09\x10" + bytes(16))
    hygiene = taken((FIRST, tape), device=load(path))
    assert hygiene.leaks.count == 0
    assert hygiene.unsearchable == ("management.authentication_key",)


def test_memory_is_bounded_and_what_is_forgotten_is_counted():
    hygiene = Hygiene(SIMULATOR)
    for key in range(3):
        tape = Tape()
        for counter in range(MOST_NONCES // 2):
            tape.add(0.0, "C>S", "octets", b"").security = FrameSecurity(
                "management", (nonce(counter, key=f"{key:016d}", title=CLIENT),)
            )
        hygiene.take(FIRST, tape)
    assert hygiene.forgotten == MOST_NONCES // 2
    assert len(hygiene._nonces) == MOST_NONCES


def log_of(directory, worker, *frames):
    log = FrameLog(directory, Redactor(), worker=worker)
    log.place = FIRST
    for direction, octets, security in frames:
        log.write(direction, "octets", octets, t=0.0, security=security)
    log.close()


def test_what_another_process_wrote_is_replayed_and_named_with_its_worker(tmp_path):
    """After a resumption the counter of the part before is still a counter that was used."""
    log_of(tmp_path, "gw0", ("C>S", b"\0", None), ("S>C", b"\0", FrameSecurity("management", (nonce(5),))))
    hygiene = Hygiene(REAL, worker="gw1", next_frame=lambda: None)
    replay_logs(tmp_path, hygiene)
    hygiene.take(SECOND, tape_of(("C>S",), ("S>C", nonce(5, digest="1" * 16))))
    assert "of frame 2 of worker gw0 (X_ONE subtest 1, management glo) come again" in hygiene.reused.first.reason


def test_a_masked_key_in_another_process_log_is_a_key_that_the_meter_gave_away(tmp_path):
    key = REAL.association("management").encryption_key.reveal()
    log = FrameLog(tmp_path, Redactor([key]), worker="gw0")
    log.place = FIRST
    log.write("S>C", "octets", b"\xc4\x01\xc1\x00\x09\x10" + key, t=0.0)
    log.close()
    hygiene = Hygiene(REAL, worker="gw1")
    replay_logs(tmp_path, hygiene)
    assert hygiene.leaks.count == 1


def test_a_torn_log_and_frames_of_older_versions_are_taken_as_far_as_they_go(tmp_path):
    old = {"n": 1, "dir": "S>C", "device": "simulator", "hex": "00"}
    good = {**old, "n": 2, "security": {"association": "management", "nonces": [vars_of(nonce(5))]}}
    wrong = {**old, "n": 3, "security": {"association": 5}}
    lines = [json.dumps(old), json.dumps(good), json.dumps(wrong), '{"n": 4, "di']
    (tmp_path / "frames-main.jsonl").write_text("\n".join(lines))
    hygiene = Hygiene(REAL, worker="main_2")
    replay_logs(tmp_path, hygiene)
    assert hygiene.opened.total() == 1


def vars_of(item):
    return {name: getattr(item, name) for name in item.__dataclass_fields__}


RUN = """
from suites.security.test_hygiene import test_sec_hygiene as judged
from conformance.harness.case import ATTRIBUTE, Subtest, case, subtests
from conformance.tester.liveness import ALIVE, question


@case("X_SMALL_ZZZ", title="sorts behind", clause="none")
@subtests(Subtest(1, "asks", procedure="asks", accepts="an answer"))
def test_zzz(subtest):
    \"\"\"It answers.\"\"\"
    subtest.association.establish()
    subtest.judge(subtest.association.request(question(subtest.association)), ALIVE)


def test_sec_hygiene(subtest):
    judged(subtest)


setattr(test_sec_hygiene, ATTRIBUTE, getattr(judged, ATTRIBUTE))
"""


@pytest.fixture
def run_hygiene(run_suite, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    return lambda *arguments, suite=RUN, **more: run_suite(*arguments, suite=suite, **more)


def verdicts(run):
    (case,) = [item for item in run.record.cases if item.id == "X_SEC_HYGIENE"]
    return {subtest.number: subtest for subtest in case.subtests}


def test_it_runs_last_and_judges_what_the_others_have_left(run_hygiene):
    run = run_hygiene("--dlms-defect=sending-counter-restarts")
    items = [line["case"]["id"] for line in run.lines("journal.jsonl") if line.get("kind") == "item"]
    assert items[-6:] == ["X_SEC_HYGIENE"] * 6
    assert set(items[:-6]) == {"X_SMALL_ZZZ"}
    failed = verdicts(run)[1]
    assert failed.verdict.value == "FAILED"
    # The association of the earlier case, and the first of those that the case itself has opened.
    assert "(X_SMALL_ZZZ subtest 1, management) come again in frame" in failed.reason
    assert "worker" not in failed.reason


def test_the_deciding_octets_are_those_of_the_second_use(run_hygiene):
    run = run_hygiene("--dlms-defect=sending-counter-restarts", "--dlms-case=X_SEC_HYGIENE")
    failed = verdicts(run)[1]
    frame = run.lines("frames.jsonl")[failed.deciding.frame - 1]
    assert f"come again in frame {failed.deciding.frame} " in failed.reason
    (used,) = frame["security"]["nonces"]
    assert failed.deciding.octets == f"{used['invocation_counter']:08X}"


def test_alone_it_gathers_what_it_needs_and_the_sound_meter_passes(run_hygiene):
    run = run_hygiene("--dlms-case=X_SEC_HYGIENE")
    judged = verdicts(run)
    assert {subtest.verdict.value for subtest in judged.values()} == {"PASSED"}
    assert "none twice" in judged[1].observed


def test_a_meter_that_opens_no_association_is_not_passed_on_nothing(run_hygiene, pytester, simulator_toml):
    """With another key than the meter's nothing opens: what cannot be judged is INCONCLUSIVE, and says why."""
    text = simulator_toml.replace('"000102030405060708090A0B0C0D0E0F"', '"FF0102030405060708090A0B0C0D0EFF"')
    pytester.makefile(".toml", other_key=text)
    run = run_hygiene("--dlms-case=X_SEC_HYGIENE", "--dlms-device=other_key.toml")
    judged = verdicts(run)
    assert [judged[number].verdict.value for number in (1, 2, 3, 4, 5)] == ["INCONCLUSIVE"] * 5
    assert (
        "only 0 protected APDUs of the meter opened in this run: management, glo: AARQ as declared" in judged[1].reason
    )
    assert judged[4].reason.startswith("0 challenges of the server, 16 are needed")
    assert judged[6].verdict.value == "PASSED"


REUSE = RUN.replace(
    "    subtest.association.establish()\n",
    """    subtest.association.establish()
    if subtest.settings.name == "management":
        taken = subtest.association.security
        kept = taken.next_global_counter()
        taken.next_global_counter = lambda: kept
        for _ in range(2):
            subtest.association.request(question(subtest.association))
        return subtest.check(True, expected="nothing", observed="nothing")
""",
)


def test_a_nonce_that_the_tester_repeats_unasked_is_an_error_of_the_tool(run_hygiene):
    run = run_hygiene("--dlms-case=X_SMALL_ZZZ", "--dlms-case=X_SEC_HYGIENE", suite=REUSE)
    told = verdicts(run)[1]
    # Both requests have the same octets, so that one nonce has protected one text: no reuse that gives anything away.
    assert told.verdict.value == "PASSED"
    differing = REUSE.replace(
        "subtest.association.request(question(subtest.association))",
        "subtest.association.request(unknown_object_request(subtest.settings) if _ else question(subtest.association))",
    ).replace("import ALIVE", "import ALIVE", 1)
    differing = "from conformance.harness.plain_requests import unknown_object_request\n" + differing
    run = run_hygiene("--dlms-case=X_SMALL_ZZZ", "--dlms-case=X_SEC_HYGIENE", suite=differing, out="out2")
    told = verdicts(run)[1]
    assert told.verdict.value == "ERROR"
    assert "ToolReusedNonce" in told.reason
