"""What the cases of randomness, mutation and long transfers rest on."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.device.load import load
from conformance.device.model import EmbeddedMeter, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security.ciphered import ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.read import DataBlockResult, ReadResponse
from conformance.harness import randomness
from conformance.harness.bench import Bench
from conformance.harness.judging import Failed
from conformance.harness.mutation import MOST_ADDED, MOST_TOGETHER, Kind, length_spans, mutants
from conformance.harness.robustness import sealed_octets
from conformance.harness.trial import Trial
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed, get, read

ROOT = Path(__file__).parents[2]
GET = bytes.fromhex("C001C100030100010800FF0200")
AARQ = bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")


def _random_challenges(seed: int, octets: int = 16, count: int = 50) -> list[bytes]:
    random = Random(seed)
    return [random.randbytes(octets) for _ in range(count)]


def _shift_register(seed: int, octets: int = 16, count: int = 50) -> list[bytes]:
    """Each octet is the one before it shifted by a bit, as a real server was seen to send."""
    random = Random(seed)
    challenges = []
    for _ in range(count):
        register = random.getrandbits(8)
        challenge = [register]
        for _ in range(octets - 1):
            register = (register << 1 | random.getrandbits(1)) & 0xFF
            challenge.append(register)
        challenges.append(bytes(challenge))
    return challenges


def _failed(challenges: list[bytes]) -> set[str]:
    findings = randomness.judge(challenges)
    return {test.__name__ for test, finding in zip(randomness.TESTS, findings, strict=True) if not finding.passed}


@pytest.mark.parametrize("octets", [8, 16, 32, 64])
def test_good_randomness_passes_whatever_its_length(octets: int) -> None:
    for seed in range(50):
        assert _failed(_random_challenges(seed, octets)) == set()


def test_a_shift_register_is_told() -> None:
    failed = _failed(_shift_register(1))
    assert {"octets_do_not_follow", "bits_are_independent"} <= failed


def test_a_shift_register_that_runs_the_other_way_is_told() -> None:
    assert "octets_do_not_follow" in _failed([challenge[::-1] for challenge in _shift_register(2)])


def test_challenges_that_only_count_are_told_though_each_differs() -> None:
    failed = _failed([bytes(12) + number.to_bytes(4, "big") for number in range(1000, 1050)])
    assert "never_repeats" not in failed
    assert {"bits_vary", "bits_are_independent"} <= failed


def test_a_linear_generator_of_few_bits_is_told_though_all_bits_vary() -> None:
    """A register of 31 bits with feedback: every octet looks random, but all follow from 31 bits."""
    challenges = []
    for seed in range(1, 51):
        state, octets = Random(seed).getrandbits(31) | 1, bytearray()
        for _ in range(16):
            for _ in range(8):
                state = (state << 1 | ((state >> 30) ^ (state >> 27)) & 1) & 0x7FFFFFFF
            octets.append(state & 0xFF)
        challenges.append(bytes(octets))
    failed = _failed(challenges)
    assert "bits_vary" not in failed
    assert "bits_are_independent" in failed


def test_a_challenge_that_comes_twice_is_told() -> None:
    challenges = _random_challenges(3)
    assert _failed([*challenges[:-1], challenges[7]]) == {"never_repeats"}


def test_a_generator_with_one_octet_of_state_is_told() -> None:
    challenges = []
    for start in _random_challenges(4, 1):
        octets = bytearray(start)
        while len(octets) < 16:
            octets.append((octets[-1] * 77 + 41) & 0xFF)
        challenges.append(bytes(octets))
    assert "octets_do_not_determine" in _failed(challenges)


def test_digits_pass_when_there_are_enough_of_them() -> None:
    random = Random(5)
    long = ["".join(random.choices("0123456789", k=16)).encode() for _ in range(50)]
    short = [challenge[:8] for challenge in long]
    assert _failed(long) == set()
    assert "octets_differ" in _failed(short)


def test_challenges_of_different_lengths_are_judged_together() -> None:
    random = Random(6)
    assert _failed([random.randbytes(random.randint(8, 64)) for _ in range(50)]) == set()


def test_too_few_challenges_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        randomness.judge(_random_challenges(1, count=49))


def test_the_same_seed_gives_the_same_mutants() -> None:
    spans = length_spans(apdus.dissect(AARQ).root)
    assert list(mutants(AARQ, 42, 30, lengths=spans)) == list(mutants(AARQ, 42, 30, lengths=spans))
    assert list(mutants(AARQ, 42, 30)) != list(mutants(AARQ, 43, 30))


@given(message=st.binary(min_size=1, max_size=80), seed=st.integers(0, 2**32))
def test_every_mutant_is_another_message_of_bounded_length_that_its_words_describe(message: bytes, seed: int) -> None:
    for mutant in mutants(message, seed, 10):
        assert mutant.octets not in (message, b"")
        assert len(mutant.octets) <= len(message) + MOST_ADDED
        assert 1 <= len(mutant.mutations) <= MOST_TOGETHER
        octets = message
        for mutation in mutant.mutations:
            octets = mutation.of(octets)
        assert octets == mutant.octets
        assert str(seed) in str(mutant)


@given(seed=st.integers(0, 2**32))
def test_octets_that_are_to_stay_stay(seed: int) -> None:
    assert all(mutant.octets[:3] == GET[:3] for mutant in mutants(GET, seed, 20, untouched=3))


def test_every_kind_of_mutation_is_drawn() -> None:
    spans = length_spans(apdus.dissect(AARQ).root)
    drawn = {mutation.kind for mutant in mutants(AARQ, 1, 200, lengths=spans) for mutation in mutant.mutations}
    assert drawn == set(Kind)


def test_a_length_that_lies_stands_where_the_message_has_a_length() -> None:
    spans = length_spans(apdus.dissect(AARQ).root)
    lies = [
        mutation
        for mutant in mutants(AARQ, 7, 100, lengths=spans)
        for mutation in mutant.mutations
        if mutation.kind is Kind.LENGTH
    ]
    assert lies
    assert all((lie.start, lie.end) in spans and lie.octets != AARQ[lie.start : lie.end] for lie in lies)


def _bench(*defects: str) -> Bench:
    device = replace(
        load(ROOT / "device_configs" / "simulator.toml"), embedded=EmbeddedMeter(defects=frozenset(defects))
    )
    return Bench(device, seed=1, keep_secret=lambda _: None)


def _suite(name: str) -> ModuleType:
    path = ROOT / "suites" / "application" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"application.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _robust(subtest: int, seed: int, *defects: str) -> Trial:
    """A subtest of X_APPL_ROBUST in the public association, played against the embedded meter."""
    function = _suite("test_robust").test_appl_robust
    case = function.dlms_case
    declared = next(item for item in case.subtests if item.number == subtest)
    bench = _bench(*defects)
    trial = Trial(case, declared, bench.device.association("public"), Protection.NONE, bench, Random(seed))
    try:
        function(trial)
    finally:
        trial.close()
    return trial


def _sent(trial: Trial) -> list[bytes]:
    return [frame.octets for frame in trial.tape.frames if frame.direction == "C>S"]


def test_the_same_seed_sends_the_same_octets_to_the_meter() -> None:
    assert _sent(_robust(4, 1)) == _sent(_robust(4, 1))
    assert _sent(_robust(4, 1)) != _sent(_robust(4, 2))


def test_every_mutant_is_a_step_that_names_its_seed() -> None:
    trial = _robust(4, 1)
    assert len(trial.steps) == 20
    assert all(step.title.startswith("mutant ") and " of seed " in step.title for step in trial.steps)


def test_a_meter_that_serves_without_a_right_is_caught_at_the_first_request() -> None:
    with pytest.raises(Failed):
        _robust(5, 1, "no-access-attribute-served")


def test_a_get_whose_blocks_never_end_is_given_up() -> None:
    bench, tape = _bench("blocks-without-end"), Tape()
    settings = bench.device.association("public")
    association = bench.association(settings, Protection.NONE, tape, Random(1))
    association.establish(aarq(client_max_receive_pdu_size=128))
    with pytest.raises(TransferFailed, match="no progress"):
        get(association, AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2))
    assert len(tape.frames) < 40


class _EmptyBlocksWithoutEnd:
    """An association whose meter answers every Read with one more empty block."""

    def __init__(self) -> None:
        self.requests = 0

    def request(self, _stimulus: object) -> Reply:
        self.requests += 1
        value = ReadResponse((DataBlockResult(False, self.requests, b""),))
        return Reply(0, value.encode(), value.encode(), value)


def test_a_read_whose_blocks_never_end_is_given_up() -> None:
    association = _EmptyBlocksWithoutEnd()
    with pytest.raises(TransferFailed, match="no progress"):
        read(association, 0xFA08)  # type: ignore[arg-type]
    assert association.requests < 10


def test_what_a_tag_protects_is_found_in_a_protected_apdu() -> None:
    octets = ServiceCiphered(0xC8, SecurityControl(authenticated=True, encrypted=True), 7, bytes(range(25))).encode()
    assert sealed_octets(octets) == bytes.fromhex("3000000007") + bytes(range(25))
    assert octets.endswith(sealed_octets(octets))
