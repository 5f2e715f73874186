"""The stimuli of the services: each can be sent in every association it is for, and breaks only what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter, Permission, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.alteration import Alteration, Trailer, Truncation
from conformance.dlms.data.values import octet_string
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.catalogue import cases
from conformance.harness.judging import Failed
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write, write_request
from conformance.harness.slot import Slot, slots
from conformance.harness.trial import Trial
from conformance.tester.harmless_requests import as_far_as_it_goes
from conformance.tester.rendering import Rendered, render
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Layer, Stimulus, Template
from conformance.tester.transfer import get

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
CATALOGUE = cases(ROOT / "suites")
MINE = (
    "T_APPL_IDLE_N1",
    "T_APPL_DATA_LN_N1",
    "T_APPL_DATA_LN_N3",
    "T_APPL_DATA_LN_N4",
    "T_APPL_DATA_SN_N1",
    "T_APPL_DATA_SN_N2",
    "T_APPL_DATA_SN_N3",
    "T_APPL_REL_P1",
)
DEDICATED_KEY = bytes(range(0x60, 0x70))
HELD = octet_string(b"what the meter holds")
OTHER = octet_string(b"what the meter holdr")


def sent() -> Iterator[tuple[Case, Slot, Stimulus, Stimulus]]:
    """Every stimulus that some association of the simulator is sent, with the valid request that it breaks."""
    for name in MINE:
        for slot in slots(CATALOGUE[name], [SIMULATOR]):
            if slot.subtest is None or slot.inapplicable is not None:
                continue
            for valid, stimulus in stimuli(slot.subtest, slot):
                yield CATALOGUE[name], slot, valid, stimulus


def stimuli(subtest: Subtest, slot: Slot) -> list[tuple[Stimulus, Stimulus]]:
    if isinstance(subtest.argument, RefusedWrite):
        attribute = getattr(slot.association.targets, subtest.argument.target)
        valid = write_request(slot.association, attribute, OTHER)
        return [(valid, stimulus) for stimulus in subtest.argument.spoil(valid, HELD)]
    if subtest.stimulus is None:
        return []
    stimulus = as_far_as_it_goes(subtest.stimulus, slot.protection)
    return [(replace(stimulus, changes=()), stimulus)]


SENT = list(sent())
NAMES = [f"{case.id}-{slot.id(False)}" for case, slot, _, _ in SENT]
every_stimulus = pytest.mark.parametrize(("case", "slot", "valid", "stimulus"), SENT, ids=NAMES)


def rendered(stimulus: Stimulus, slot: Slot) -> Rendered:
    return render(stimulus, security_of(slot), slot.protection, bytes(16))


def security_of(slot: Slot) -> ClientSecurity:
    security = ClientSecurity(slot.association, lambda: 1)
    security.renew_dedicated_key(DEDICATED_KEY)
    return security


@every_stimulus
def test_a_stimulus_breaks_its_request_where_it_says_and_nowhere_else(
    case: Case, slot: Slot, valid: Stimulus, stimulus: Stimulus
) -> None:
    altered = rendered(stimulus, slot)
    octets = altered.octets if altered.plain is None else altered.plain
    changes = stimulus.at(Layer.APDU)
    assert len(changes) <= 1
    if not changes:
        assert octets == valid.octets
        return
    match changes[0]:
        case Truncation(octets=remaining):
            assert octets == valid.octets[:remaining]
            assert 0 < len(octets) < len(valid.octets)
        case Trailer(octets=trailing):
            assert octets == valid.octets + trailing
        case Alteration(path=path) as change:
            field = apdus.dissect(valid.octets).root.find(path)
            assert field is not None
            behind = len(valid.octets) - field.end
            assert octets[: field.start] == valid.octets[: field.start]
            assert octets[len(octets) - behind :] == valid.octets[field.end :]
            assert octets[field.start : len(octets) - behind] != valid.octets[field.start : field.end], change


@every_stimulus
def test_a_stimulus_is_protected_as_the_variant_asks(
    case: Case, slot: Slot, valid: Stimulus, stimulus: Stimulus
) -> None:
    message = rendered(stimulus, slot)
    protection = stimulus.protection or slot.protection
    if stimulus.template is Template.RAW or protection is Protection.NONE:
        assert message.plain is None
        return
    octets = message.octets
    if stimulus.at(Layer.CIPHERED):
        ordinary = rendered(replace(stimulus, changes=()), slot).octets
        assert octets[0] != ordinary[0]
        assert octets[1:] == ordinary[1:]
        octets = ordinary
    form = apdus.decode(octets)
    general = {Protection.GENERAL_GLO: GeneralGlobal, Protection.GENERAL_DED: GeneralDedicated}
    assert isinstance(form, general.get(protection, ServiceCiphered))
    security = security_of(slot)
    key = DEDICATED_KEY if protection.dedicated else security.encryption_key
    opened = gcm.unprotect(
        form.security_control,
        security.client_title,
        form.invocation_counter,
        key,
        security.authentication_key,
        form.content,
    )
    assert opened == message.plain


@every_stimulus
def test_the_request_that_is_broken_is_a_valid_one_of_a_tag_that_the_standard_has(
    case: Case, slot: Slot, valid: Stimulus, stimulus: Stimulus
) -> None:
    if valid.octets[0] == 0xC6:
        assert valid.octets[0] not in apdus.TAGS
    else:
        apdus.decode(valid.octets)


@pytest.mark.parametrize(
    ("name", "association", "cuts"),
    [
        ("T_APPL_DATA_LN_N1", "public", range(1, 13)),
        ("T_APPL_DATA_LN_N3", "reading", range(1, 13 + 2 + 20)),
        ("T_APPL_DATA_SN_N1", "sn-public", range(1, 5)),
        ("T_APPL_DATA_SN_N2", "sn-reading", range(1, 6 + 2 + 20)),
    ],
)
def test_a_request_is_cut_after_every_octet_but_the_last(name: str, association: str, cuts: range) -> None:
    found = [
        change.octets
        for case, slot, _, stimulus in SENT
        if (case.id, slot.association.name) == (name, association)
        for change in stimulus.at(Layer.APDU)
        if isinstance(change, Truncation)
    ]
    assert found == list(cuts)


def test_each_protection_of_the_management_association_gets_every_request() -> None:
    for name in ("T_APPL_DATA_LN_N1", "T_APPL_DATA_LN_N3"):
        numbers = {
            protection: [slot.number for case, slot, _, _ in SENT if case.id == name and slot.protection is protection]
            for protection in SIMULATOR.association("management").protections
        }
        assert len(numbers) == 4
        assert len({tuple(found) for found in numbers.values()}) == 1


def test_a_service_that_is_negotiated_is_not_among_the_unsupported() -> None:
    bits = {
        "GET (C0)": ConformanceBit.GET,
        "SET (C1)": ConformanceBit.SET,
        "ACTION (C3)": ConformanceBit.ACTION,
        "Write (06)": ConformanceBit.WRITE,
        "Read (05)": ConformanceBit.READ,
    }
    for case, slot, _, _ in SENT:
        if case.id in ("T_APPL_DATA_LN_N4", "T_APPL_DATA_SN_N3"):
            assert slot.subtest is not None
            assert bits.get(slot.subtest.title) not in slot.association.conformance


def test_whatever_could_write_needs_the_permission_to() -> None:
    writes = (0xC1, 0x06, 0x16)
    for _, slot, valid, _ in SENT:
        assert slot.subtest is not None
        assert (valid.octets[0] in writes) == (slot.subtest.permission is Permission.WRITES)


@pytest.mark.parametrize(
    ("defect", "number"), [("wrong-type-written", 3), ("set-refused-but-written", 3), ("truncated-value-written", 34)]
)
def test_what_a_faulty_meter_writes_is_put_back(defect: str, number: int) -> None:
    device: Device = replace(SIMULATOR, embedded=EmbeddedMeter(defects=frozenset({defect})))
    case, settings = CATALOGUE["T_APPL_DATA_LN_N3"], device.association("reading")
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    before = held_by(bench, device)
    subtest = next(item for item in case.subtests if item.number == number)
    trial = Trial(case, subtest, settings, Protection.NONE, bench, Random(1))
    assert isinstance(subtest.argument, RefusedWrite)
    with pytest.raises(Failed):
        judge_refused_write(trial, subtest.argument)
    trial.close()
    assert held_by(bench, device) == before
    assert bench.notes == []


def test_a_report_tells_how_the_stimulus_was_met_and_not_how_the_association_was_afterwards() -> None:
    case = CATALOGUE["T_APPL_DATA_LN_N1"]
    bench = Bench(SIMULATOR, seed=1, keep_secret=lambda _: None)
    trial = Trial(case, case.subtests[1], SIMULATOR.association("public"), Protection.NONE, bench, Random(1))
    trial.association.establish()
    trial.judge(trial.association.request(trial.stimulus))
    trial.alive()
    trial.close()
    assert trial.decisive is trial.judgements[0]
    assert "object-undefined" in trial.decisive.observed


def held_by(bench: Bench, device: Device) -> object:
    settings = device.association("reading")
    case = CATALOGUE["T_APPL_DATA_LN_N3"]
    trial = Trial(case, case.subtests[0], settings, Protection.NONE, bench, Random(1))
    trial.association.establish()
    assert settings.targets.writable is not None
    value = get(trial.association, settings.targets.writable)
    trial.close()
    return value
