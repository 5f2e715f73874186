"""Policy, titles, counters, keys and general protection: sound meters pass, each defect fails what claims it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import (
    Acceptance,
    AssociationSettings,
    Device,
    KeyEstablishment,
    Permission,
    Profile,
    Protection,
)
from conformance.dlms import apdu as apdus
from conformance.dlms.data.values import octet_string
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, IdentifiedKey, WrappedKey
from conformance.dlms.xdlms.notification import DataNotification
from conformance.harness.bench import Bench
from conformance.harness.deciding import apdu_of
from conformance.harness.rendered import rendered_octets
from conformance.harness.slot import Slot, slots
from conformance.meter.defects import DEFECTS
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.reaction import Reply
from conformance.tester.reply import read_reply
from conformance.tester.security import ClientSecurity
from tests.suites.hdlc_cases import Ended
from tests.suites.security_cases import DEVICES, FUNCTIONS, device, each, run, under_policy, unsound

CASES = sorted(FUNCTIONS)
CLAIMS = [(name, case) for name, defect in sorted(DEFECTS.items()) for case in defect.cases if case in FUNCTIONS]
BY_KEY = {
    "management": KeyEstablishment.IDENTIFIED,
    "management-wrapped": KeyEstablishment.WRAPPED,
    "management-one-pass": KeyEstablishment.ONE_PASS,
    "management-static": KeyEstablishment.STATIC_UNIFIED,
}


def failed(results: list[tuple[Slot, Ended]]) -> set[int]:
    return {slot.number for slot, made in results if made.verdict == "FAILED"}


def judged(results: list[tuple[Slot, Ended]]) -> set[tuple[str, int]]:
    return {(slot.association.name, slot.number) for slot, made in results if made.verdict == "PASSED"}


@pytest.mark.parametrize("suite", [0, 1, 2])
@pytest.mark.parametrize("identifier", CASES)
def test_the_sound_meter_passes_under_the_strict_profile(identifier: str, suite: int) -> None:
    assert unsound(run(identifier, device(suite))) == []


@pytest.mark.parametrize("identifier", CASES)
def test_the_sound_meter_passes_over_hdlc_under_the_tolerant_profile(identifier: str) -> None:
    meter = device(1, acceptance=Acceptance.TOLERANT, profile=Profile.HDLC)

    assert unsound(run(identifier, meter)) == []


@pytest.mark.parametrize(
    ("policy", "control"), [(0, 0x10), (0, 0x20), (0, 0x30), (1, 0x10), (1, 0x30), (2, 0x20), (2, 0x30), (3, 0x30)]
)
@pytest.mark.parametrize("suite", [0, 1])
def test_the_sound_meter_passes_whatever_policy_and_security_control_are_declared(
    suite: int, policy: int, control: int
) -> None:
    meter = under_policy(device(suite), policy, control)
    for identifier in ("X_SEC_POLICY", "X_SEC_KEYS", "X_SEC_GENERAL_GLO", "X_SEC_COUNTER"):
        assert unsound(run(identifier, meter)) == [], identifier


@pytest.mark.parametrize("control", [0x10, 0x20])
def test_general_protection_is_judged_where_requests_are_only_authenticated_or_only_encrypted(control: int) -> None:
    meter = under_policy(device(1), 0, control)
    for identifier in ("X_SEC_GENERAL_CIPHERING", "X_SEC_GENERAL_NESTED"):
        assert unsound(run(identifier, meter)) == [], identifier


@pytest.mark.parametrize(("name", "identifier"), CLAIMS, ids=[f"{name}-{case}" for name, case in CLAIMS])
def test_each_case_fails_on_the_defects_that_it_claims(name: str, identifier: str) -> None:
    suite = (DEFECTS[name].security_suites or (0,))[0]

    assert any(made.verdict == "FAILED" for _, made in each(identifier, device(suite, defects=(name,))))


@pytest.mark.parametrize("identifier", CASES)
def test_each_case_is_claimed_by_a_defect(identifier: str) -> None:
    assert identifier in {case for _, case in CLAIMS}


def test_what_is_wrong_is_refused_for_nothing_but_that() -> None:
    """Each spoilt key is taken by the meter that is careless in just this, and fails just the subtest about it."""
    expected = {
        "key-id-ignored": {10},
        "kek-id-ignored": {11},
        "wrapped-key-integrity-not-checked": {12},
        "wrapped-key-length-not-checked": {13},
        "ephemeral-key-signature-not-verified": {14},
        "ephemeral-point-not-checked": {15},
        "transaction-id-replay-accepted": {9, 17},
        "data-of-static-agreement-ignored": {19},
        "recipient-title-not-checked": {5},
    }
    for name, numbers in expected.items():
        found = failed(run("X_SEC_GENERAL_CIPHERING", device(1, defects=(name,))))
        assert found >= numbers, name
        assert not found - numbers, f"{name}: {found - numbers}"


@pytest.mark.parametrize(("name", "how"), BY_KEY.items())
def test_each_kind_of_key_is_really_on_the_wire(name: str, how: KeyEstablishment) -> None:
    kinds = {
        KeyEstablishment.IDENTIFIED: IdentifiedKey,
        KeyEstablishment.WRAPPED: WrappedKey,
        KeyEstablishment.ONE_PASS: AgreedKey,
        KeyEstablishment.STATIC_UNIFIED: AgreedKey,
    }
    [(_, made)] = run("X_SEC_GENERAL_CIPHERING", device(1), only=1, association=name)
    assert made.trial is not None
    seen = [apdus.decode(octets, deviations=[]) for frame in made.trial.tape.frames if (octets := apdu_of(frame))]
    ciphered = [value for value in seen if isinstance(value, GeneralCiphering)]

    assert len(ciphered) >= 6
    assert {type(value.key_info) for value in ciphered} == {kinds[how]}


def test_every_subtest_of_each_case_is_judged_somewhere() -> None:
    """A subtest that no shipped device config lets run would prove nothing."""
    for identifier in CASES:
        numbers = {subtest.number for subtest in FUNCTIONS[identifier][0].subtests}
        seen = {number for suite in (0, 1) for _, number in judged(run(identifier, device(suite)))}
        assert numbers == seen, identifier


def test_a_key_is_used_up_in_the_embedded_meter_only_and_given_back() -> None:
    meter = device()
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)

    assert unsound(run("X_SEC_COUNTER", meter, only=5, bench=bench)) == []
    assert unsound(run("X_SEC_COUNTER", meter, only=1, bench=bench)) == []
    assert bench.notes == []


def test_nothing_uses_up_or_switches_off_a_real_meter() -> None:
    real = replace(device(), embedded=None)
    verdicts = {
        slot.number: slot.inapplicable
        for slot in _slots("X_SEC_COUNTER", real)
        if slot.association.name == "management"
    }

    assert "embedded meter" in (verdicts[4] or "")
    assert "embedded meter" in (verdicts[5] or "")


def test_the_end_of_a_counter_and_a_power_failure_need_their_permissions() -> None:
    careful = replace(device(), permissions=frozenset({Permission.READS}))
    withheld = {
        slot.number: slot.withheld for slot in _slots("X_SEC_COUNTER", careful) if slot.association.name == "management"
    }

    assert withheld[4] is Permission.DISCONNECTS
    assert withheld[5] is Permission.MAY_LOCK_OUT
    assert withheld[1] is withheld[2] is withheld[3] is None


def test_an_association_without_dedicated_key_is_told_so() -> None:
    made = {
        slot.number: ended.reason
        for slot, ended in run("X_SEC_KEYS", device(1), association="management-ecdsa")
        if ended.verdict == "INAPPLICABLE"
    }

    assert "a declared dedicated protection" in made[4]


def test_pass_3_and_4_under_the_dedicated_key_pass_where_they_are_declared_and_fail_where_not() -> None:
    meter = device(1)
    assert unsound(run("X_SEC_KEYS", meter, only=2, association="management-dedicated")) == []
    wrong = _redeclared(meter, "management-dedicated", pass4_key="global")

    [(_, made)] = run("X_SEC_KEYS", wrong, only=2, association="management-dedicated")
    assert made.verdict == "FAILED"
    assert "pass 4 is under the dedicated key" in made.reason


@pytest.mark.parametrize(("declared", "number"), [("dedicated", 3), ("global", 4)])
def test_replies_under_another_key_than_declared_fail(declared: str, number: int) -> None:
    """Replies always under one key are legal only where they are declared so."""
    meter = _redeclared(device(), "management", reply_key=declared)

    [(_, made)] = run("X_SEC_KEYS", meter, only=number, association="management")
    assert made.verdict == "FAILED"
    assert f"expected the reply under the {declared} key, as declared" in made.reason


def test_a_reply_key_that_is_declared_and_kept_passes() -> None:
    meter = _redeclared(device(), "management", reply_key="global")

    assert unsound(run("X_SEC_KEYS", meter, only=3, association="management")) == []


@pytest.mark.parametrize("identifier", CASES)
def test_no_case_breaks_off_on_a_meter_that_answers_in_clear(identifier: str) -> None:
    """A procedure judges what it gets: a meter with a gross fault is failed or cannot be judged, and nothing raises."""
    results = run(identifier, device(1, defects=("ciphered-request-answered-in-clear",)))

    assert {made.verdict for _, made in results} <= {"PASSED", "FAILED", "INCONCLUSIVE", "INAPPLICABLE"}


@pytest.mark.parametrize("identifier", CASES)
def test_each_subtest_can_be_explained_without_a_meter(identifier: str) -> None:
    case, _ = FUNCTIONS[identifier]
    for subtest in case.subtests:
        assert bool(rendered_octets(case, subtest, DEVICES[0])) is (subtest.stimulus is not None)
    assert case.requirement.endswith(".")
    assert all(subtest.sent and subtest.expected for subtest in case.subtests)


def _slots(identifier: str, meter: Device) -> list[Slot]:
    return [slot for slot in slots(FUNCTIONS[identifier][0], [meter]) if slot.subtest is not None]


def _redeclared(meter: Device, name: str, **changes: object) -> Device:
    associations = tuple(
        replace(item, **changes) if item.name == name else item  # type: ignore[arg-type]
        for item in meter.associations
    )
    return replace(meter, associations=associations)


class Unasked:
    """An established association in which the meter says something of its own accord."""

    def __init__(self, settings: AssociationSettings, octets: bytes) -> None:
        self.settings = settings
        self.security = ClientSecurity(settings, lambda: 1)
        self.security.renew_dedicated_key(bytes(16))
        self._octets = octets

    def receive(self) -> Reply:
        return read_reply(ApduReceived(self._octets, 0), self.security)


@pytest.mark.parametrize(
    ("declared", "form", "passes"),
    [
        ("global", Protection.GENERAL_GLO, True),
        ("dedicated", Protection.GENERAL_DED, True),
        ("global", Protection.GENERAL_DED, False),
        ("dedicated", Protection.GENERAL_GLO, False),
        ("global", Protection.NONE, False),
        ("none", Protection.NONE, True),
        ("none", Protection.GENERAL_GLO, False),
    ],
)
def test_a_notification_is_judged_by_the_declared_key(
    monkeypatch: pytest.MonkeyPatch, declared: str, form: Protection, passes: bool
) -> None:
    meter = _redeclared(device(), "management", notification_key=declared)
    settings = meter.association("management")
    sender = ClientSecurity(settings, lambda: 7)
    sender.client_title, sender.server_title = settings.server_system_title or b"", settings.client_system_title or b""
    sender.renew_dedicated_key(bytes(16))
    octets = sender.protect(DataNotification(1, b"", octet_string(b"event")).encode(), form)
    _, function = FUNCTIONS["X_SEC_KEYS"]
    monkeypatch.setitem(function.__globals__, "opened", lambda *_: Unasked(settings, octets))

    [(_, made)] = run("X_SEC_KEYS", meter, only=5, association="management")
    assert made.verdict == ("PASSED" if passes else "FAILED"), made.reason


def test_what_is_no_notification_may_not_come_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = device().association("management")
    sender = ClientSecurity(settings, lambda: 7)
    sender.client_title = settings.server_system_title or b""
    octets = sender.protect(bytes.fromhex("C401C10009060000280000FF"), Protection.GLO)
    _, function = FUNCTIONS["X_SEC_KEYS"]
    monkeypatch.setitem(function.__globals__, "opened", lambda *_: Unasked(settings, octets))

    [(_, made)] = run("X_SEC_KEYS", device(), only=5, association="management")
    assert made.verdict == "FAILED"
    assert "nothing was asked" in made.reason
