"""Pushes and events: the sound meter passes, each defect fails the case that claims it, and sockets carry them too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.device.model import Acceptance, Device, Profile, Protection, PushSettings, Timing
from conformance.harness.bench import Bench
from conformance.link.push_sockets import SocketNetwork
from conformance.link.server import TcpServer
from conformance.meter.defects import DEFECTS
from conformance.meter.meter import build
from conformance.meter.push_defects import PUSH_DEFECTS
from conformance.record.frames import Place
from tests.suites.push_cases import DEVICES, FUNCTIONS, device, reasons, run, verdicts

CLAIMS = [(defect.name, case) for defect in PUSH_DEFECTS for case in defect.cases if case in FUNCTIONS]
OWN_JUDGEMENT = {
    ("push-object-missing", "X_PUSH_P1"): "values in the notification-body",
    ("push-objects-in-another-order", "X_PUSH_P1"): "element 1 is",
    ("push-invoke-id-constant", "X_PUSH_P1"): "long-invoke-id 1, then 1",
    ("notification-date-time-invalid", "X_PUSH_P1"): "date-time 07EA0D20",
    ("notification-date-time-invalid", "X_PUSH_EVENT_P1"): "time 07EA0D20",
    ("push-to-another-port", "X_PUSH_P2"): "and nothing came",
    ("push-over-another-service", "X_PUSH_P2"): "and nothing came",
    ("push-from-another-wport", "X_PUSH_P2"): "source 2, destination",
    ("push-success-without-sending", "X_PUSH_P2"): "and nothing came",
    ("push-in-clear", "X_PUSH_P3"): "an APDU with tag 0F",
    ("push-under-the-broadcast-key", "X_PUSH_P3"): "it does not open",
    ("push-repeats-the-last-counter", "X_PUSH_P3"): "invocation counter",
    ("push-confirmed-not-said", "X_PUSH_P4"): "service class unconfirmed",
    ("push-never-repeated", "X_PUSH_P4"): "1 came; expected",
    ("push-repeated-without-end", "X_PUSH_P4"): "came; expected 3",
    ("push-repeated-after-confirmation", "X_PUSH_P4"): "came; expected 1",
    ("push-unconfirmed-repeated", "X_PUSH_P4"): "needs no confirmation",
    ("push-longer-than-the-client-takes", "X_PUSH_P5"): "octets; expected no APDU longer",
    ("push-last-block-missing", "X_PUSH_P5"): "was the last",
    ("push-for-anybody", "X_PUSH_N1"): "action-result success",
    ("push-refused-yet-sent", "X_PUSH_N1"): "refused, and pushed all the same",
    ("push-parameter-not-checked", "X_PUSH_N2"): "action-result success",
    ("event-in-clear", "X_PUSH_EVENT_P1"): "under key none",
    ("event-names-another-attribute", "X_PUSH_EVENT_P1"): "the attribute",
    ("event-reported-twice", "X_PUSH_EVENT_P1"): "one more came",
    ("event-in-place-of-a-reply", "X_PUSH_EVENT_N1"): "data expected; no answer",
}


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("name", sorted(DEVICES))
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_under_the_strict_profile(identifier: str, name: str, profile: Profile) -> None:
    results = run(identifier, device(name, profile=profile))
    assert verdicts(results) <= {"PASSED"}, reasons(results, "FAILED") + reasons(results, "INCONCLUSIVE")


def test_what_the_worked_example_declares_is_all_judged() -> None:
    judged = {case for case in FUNCTIONS if verdicts(run(case, device(acceptance=Acceptance.TOLERANT)))}
    assert judged == set(FUNCTIONS)


@pytest.mark.parametrize(("defect", "case"), CLAIMS)
def test_each_defect_fails_the_case_that_claims_it_by_its_own_judgement(defect: str, case: str) -> None:
    profile = Profile.WRAPPER if DEFECTS[defect].profile == "wrapper" else Profile.HDLC
    results = run(case, device(profile=profile, defects=(defect,), acceptance=Acceptance.TOLERANT))
    failed = reasons(results, "FAILED")
    assert failed
    assert any(OWN_JUDGEMENT[defect, case] in reason for reason in failed), failed


def test_nothing_applies_where_nothing_is_declared() -> None:
    silent = replace(device(), push=PushSettings())
    for case in FUNCTIONS:
        results = run(case, silent)
        assert not verdicts(results)
        assert all("push." in made.reason for _, made in results)


def test_a_push_under_the_dedicated_key_is_opened_with_it() -> None:
    meter = device()
    setups = tuple(replace(item, protection=Protection.GENERAL_DED) for item in meter.push.setups[2:])
    results = run("X_PUSH_P3", replace(meter, push=replace(meter.push, setups=setups)))
    # The embedded meter pushes under the global key: what is declared otherwise must be told.
    assert reasons(results, "FAILED") == ["an APDU with tag DB; expected protection general-ded: tag DC"]


def test_what_is_pushed_stands_on_the_tape_opened_and_is_judged_by_the_rules_of_hygiene() -> None:
    for defects, reused, exposed in ((), 0, 0), (("push-repeats-the-last-counter",), 1, 0), (("push-in-clear",), 0, 1):
        meter = device(defects=defects)
        bench = Bench(meter, seed=1, keep_secret=lambda _: None)
        for slot, made in run("X_PUSH_P3", meter, only=1, bench=bench):
            if made.trial is None:
                continue
            bench.hygiene.take(Place(meter.name, "X_PUSH_P3", slot.association.name, "", 1), made.trial.tape)
            pushed = [frame for frame in made.trial.tape.frames if frame.note.startswith("pushed to tcp://")]
            assert pushed
            assert all((frame.plain or frame.octets[8:]).startswith(b"\x0f") for frame in pushed)
        assert bool(bench.hygiene.reused.count) == bool(reused)
        assert bool(bench.hygiene.exposed.count) == bool(exposed)


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def on_the_network(scheme: str, defects: tuple[str, ...] = ()) -> Iterator[Device]:
    """The embedded meter behind a TCP port, which pushes to a port of the tester over `scheme`."""
    meter = build(profile="wrapper", defects=defects)
    network = SocketNetwork()
    meter.push_into(network)
    port = _free(socket.SOCK_STREAM if scheme == "tcp" else socket.SOCK_DGRAM)
    declared = device(profile=Profile.WRAPPER)
    kept = tuple(
        replace(item, destination=f"127.0.0.1:{port}", association="management", client_sap=item.client_sap)
        for item in declared.push.setups
        if item.transport == scheme
    )
    push = replace(declared.push, listen=(f"{scheme}://127.0.0.1:{port}",), timeout_s=3.0, setups=kept, events=())
    with TcpServer(meter.endpoint, "127.0.0.1", 0) as server:
        try:
            yield replace(
                declared,
                link=f"tcp://127.0.0.1:{server.port}",
                embedded=None,
                push=push,
                timing=Timing(response_timeout_s=2.0),
            )
        finally:
            network.close()


def test_a_push_over_a_real_tcp_connection_is_heard_and_the_destination_is_put_back() -> None:
    with on_the_network("tcp") as meter:
        results = run("X_PUSH_P1", meter, only=1)
        assert verdicts(results) == {"PASSED"}, reasons(results, "FAILED") + reasons(results, "INCONCLUSIVE")
        again = run("X_PUSH_P2", meter, only=1)
    steps = [step.title for _, made in again if made.trial is not None for step in made.trial.steps]
    assert any(title.startswith("writes 127.0.0.1:") for title in steps), "the first case has put the destination back"
    assert verdicts(again) == {"PASSED"}


def test_a_confirmed_push_over_real_datagrams_is_heard_and_confirmed() -> None:
    with on_the_network("udp") as meter:
        results = run("X_PUSH_P2", meter, only=2)
        assert verdicts(results) == {"PASSED"}, reasons(results, "FAILED") + reasons(results, "INCONCLUSIVE")
    tapes = [made.trial.tape for _, made in results if made.trial is not None]
    assert any(frame.note.startswith("data-notification-confirm") for tape in tapes for frame in tape.frames)


def test_a_port_that_cannot_be_listened_at_is_told_and_judges_nothing() -> None:
    with on_the_network("tcp") as meter, socket.socket() as taken:
        taken.bind(("127.0.0.1", int(meter.push.listen[0].rpartition(":")[2])))
        taken.listen()
        results = run("X_PUSH_P2", meter, only=1)
    assert verdicts(results) == {"INCONCLUSIVE"}
    assert "cannot listen" in reasons(results, "INCONCLUSIVE")[0]


def test_over_hdlc_an_event_is_reported_in_a_ui_frame_and_a_push_in_an_i_frame_behind_a_poll() -> None:
    [(_, event)] = [item for item in run("X_PUSH_EVENT_P1", device()) if item[1].trial is not None]
    [(_, push)] = [item for item in run("X_PUSH_P2", device(), only=3) if item[1].trial is not None]
    assert event.trial is not None
    assert push.trial is not None
    came = [frame.note for frame in event.trial.tape.frames if frame.direction == "S>C"]
    assert any(note.startswith("UI") for note in came)
    pushed = next(
        (earlier, frame)
        for earlier, frame in zip(push.trial.tape.frames, push.trial.tape.frames[1:], strict=False)
        if frame.direction == "S>C" and frame.plain is not None and frame.plain.startswith(b"\x0f")
    )
    assert pushed[0].note.startswith("RR")
    assert pushed[1].note.startswith("I")
