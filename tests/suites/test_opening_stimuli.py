"""The stimuli of the openings: each can be sent in every association it is for, and breaks only what it says."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import AssociationSettings
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.alteration import Alteration
from conformance.dlms.fields import Field
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.harness.case import ATTRIBUTE, Case, Subtest
from conformance.harness.slot import Slot, slots
from conformance.tester.rendering import Rendered, render
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Layer, Stimulus, aarq

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
MECHANISMS = load(ROOT / "device_configs" / "simulator-mechanisms.toml")
CHALLENGE = bytes(range(0x20, 0x30))
DEDICATED_KEY = bytes(range(0x60, 0x70))

INITIATE_COMPONENTS = {item.name: item.name.replace("_", "-") for item in fields(InitiateRequest)} | {
    "short_conformance_tag": "proposed-conformance"
}
AARQ_COMPONENTS = {
    item.name: item.name.replace("_", "-").replace("-ap-", "-AP-").replace("-ae-", "-AE-") for item in fields(Aarq)
} | {"challenge": "calling-authentication-value"}


def opening_cases() -> Iterator[Case]:
    for path in sorted((ROOT / "suites" / "application").glob("test_open_*.py")):
        spec = importlib.util.spec_from_file_location(f"application.{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for _, function in inspect.getmembers(module, inspect.isfunction):
            if hasattr(function, ATTRIBUTE):
                yield getattr(function, ATTRIBUTE)


CASES = {case.id: case for case in opening_cases()}


def stimulus_of(subtest: Subtest) -> Stimulus | None:
    return subtest.argument if isinstance(subtest.argument, Stimulus) else subtest.stimulus


def sent() -> Iterator[tuple[Case, Slot, Stimulus]]:
    for case in CASES.values():
        for slot in slots(case, [SIMULATOR, MECHANISMS]):
            if slot.subtest is not None and slot.inapplicable is None:
                stimulus = stimulus_of(slot.subtest)
                if stimulus is not None:
                    yield case, slot, stimulus


SENT = list(sent())
NAMES = [f"{case.id}-{slot.id(True)}" for case, slot, _ in SENT]


def rendered(stimulus: Stimulus, slot: Slot) -> Rendered:
    security = ClientSecurity(slot.association, lambda: 1)
    security.renew_dedicated_key(DEDICATED_KEY if slot.protection.dedicated else None)
    return render(stimulus, security, slot.protection, CHALLENGE)


def initiate_request(message: Rendered) -> bytes:
    if message.plain is not None:
        return message.plain
    value = apdus.decode(message.octets, deviations=[])
    assert isinstance(value, Aarq)
    return value.user_information or b""


def components(octets: bytes) -> dict[str, bytes]:
    """The components of a message, an optional one together with the flag before it; not its own tag and length."""
    root: Field = apdus.dissect(octets).root
    found: dict[str, bytes] = {}
    for child in root.children:
        name = child.name.removesuffix("-present")
        if name not in ("tag", "length"):
            found[name] = found.get(name, b"") + octets[child.start : child.end]
    return found


def differing(one: bytes, other: bytes) -> set[str]:
    first, second = components(one), components(other)
    return {name for name in first | second if first.get(name) != second.get(name)}


def said(stimulus: Stimulus) -> tuple[set[str], set[str]]:
    """The components of the AARQ and of the InitiateRequest that a stimulus says it changes."""
    of_aarq = {AARQ_COMPONENTS[name] for name in stimulus.values if name in AARQ_COMPONENTS}
    of_initiate = {INITIATE_COMPONENTS[name] for name in stimulus.values if name in INITIATE_COMPONENTS}
    for layer, change in stimulus.changes:
        assert isinstance(change, Alteration)
        (of_initiate if layer is Layer.INITIATE else of_aarq).add(change.path.split(".")[1])
    if of_initiate:
        of_aarq.add("user-information")
    return of_aarq, of_initiate


@pytest.mark.parametrize(("case", "slot", "stimulus"), SENT, ids=NAMES)
def test_a_stimulus_differs_from_the_declared_aarq_only_where_it_says(
    case: Case, slot: Slot, stimulus: Stimulus
) -> None:
    plain, altered = rendered(aarq(), slot), rendered(stimulus, slot)
    of_aarq, of_initiate = said(stimulus)
    assert differing(plain.octets, altered.octets) <= of_aarq
    assert differing(initiate_request(plain), initiate_request(altered)) <= of_initiate


@pytest.mark.parametrize(("case", "slot", "stimulus"), SENT, ids=NAMES)
def test_a_stimulus_that_must_be_rejected_differs_from_the_declared_aarq(
    case: Case, slot: Slot, stimulus: Stimulus
) -> None:
    assert slot.subtest is not None
    if "accepted" not in slot.subtest.expected:
        assert rendered(stimulus, slot).octets != rendered(aarq(), slot).octets


def test_every_opening_of_the_catalogue_is_there() -> None:
    assert CASES.keys() == {f"T_APPL_OPEN_{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14)}


def test_opening_is_tried_in_every_declared_protection() -> None:
    tried = {(slot.association.name, slot.protection) for slot in slots(CASES["T_APPL_OPEN_1"], [SIMULATOR])}
    assert tried == {(item.name, form) for item in SIMULATOR.associations for form in item.protections}


def associations(identifier: str, number: int) -> set[str]:
    return {
        slot.association.name
        for slot in slots(CASES[identifier], [SIMULATOR])
        if slot.number == number and slot.inapplicable is None
    }


@pytest.mark.parametrize("bit", list(ConformanceBit), ids=lambda bit: bit.label)
def test_each_bit_is_proposed_alone_by_those_who_declare_it(bit: ConformanceBit) -> None:
    declaring = {item.name for item in SIMULATOR.associations if bit in item.conformance}
    assert associations("T_APPL_OPEN_13", 10 + bit) == declaring


def test_a_context_is_asked_for_by_everyone_who_does_not_declare_it() -> None:
    for number, short_names, ciphered in ((2, False, False), (3, True, False), (4, False, True), (5, True, True)):
        own = {
            item.name for item in SIMULATOR.associations if (item.short_names, item.ciphered) == (short_names, ciphered)
        }
        assert associations("T_APPL_OPEN_5", number) == {item.name for item in SIMULATOR.associations} - own


def test_nobody_is_asked_to_authenticate_who_declares_no_authentication() -> None:
    assert associations("T_APPL_OPEN_7", 1) == {"reading", "management", "sn-reading"}


def test_a_password_with_one_bit_wrong_is_only_for_those_who_have_one() -> None:
    assert associations("T_APPL_OPEN_7", 7) == {"reading", "sn-reading"}


def test_protocol_versions_are_sent_as_the_catalogue_has_them() -> None:
    public = next(slot for slot in slots(CASES["T_APPL_OPEN_4"], [SIMULATOR]) if slot.association.name == "public")
    wanted = {2: "80020284", 3: "80020780", 4: "80020244"}
    for subtest in CASES["T_APPL_OPEN_4"].subtests:
        if subtest.number in wanted:
            assert subtest.stimulus is not None
            assert rendered(subtest.stimulus, public).octets[2:6].hex() == wanted[subtest.number]


def test_a_broken_password_is_kept_secret_like_the_right_one() -> None:
    reading: AssociationSettings = SIMULATOR.association("reading")
    slot = next(slot for slot in slots(CASES["T_APPL_OPEN_4"], [SIMULATOR]) if slot.association is reading)
    assert b"Conform0" in rendered(aarq(secret=b"Conform0"), slot).secrets
