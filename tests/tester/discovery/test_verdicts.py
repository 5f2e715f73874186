"""A discovered config runs as it is, with the verdicts of the one that was written by hand."""

import os
import subprocess
import sys

import pytest

from conformance.device.load import load
from conformance.device.model import Profile
from conformance.record.assemble import assemble
from tests.tester.discovery.dressings import DRESSINGS, dressed, handwritten

RUN = (("simulator", Profile.HDLC), ("simulator", Profile.WRAPPER), ("simulator-mechanisms", Profile.HDLC))
CASES = ("T_APPL_OPEN_1", "T_APPL_DATA_SN_N1", "T_HDLC_ADDRESS_P1", "X_WRAPPER_VERSION")
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Of one run of all of them: for each config, verdict by case, pair of SAPs, variant and subtest."""
    directory = tmp_path_factory.mktemp("discovered")
    environ, files = dict(os.environ), []
    for name, profile in RUN:
        made = dressed(name, profile)
        found = directory / f"found-{name}-{profile.value}.toml"
        found.write_text(made.text, encoding="utf-8")
        environ |= made.environ
        files += [found, handwritten(name, profile, directory)]
    out = directory / "out"
    command = [sys.executable, "-m", "conformance.cli", "run", *map(str, files), "--plain", "--no-pdf"]
    command += ["--out", str(out), "--state", str(directory / "state"), *(f"--case={case}" for case in CASES)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    record = assemble(out)
    return {file.stem: of_device(record, load(file, environ=environ)) for file in files}


def of_device(record, device):
    pairs = {item.name: (item.logical_device, item.client_sap) for item in device.associations}
    return {
        (case.id, pairs.get(case.association, case.association), case.variant, subtest.number): subtest.verdict
        for case in record.cases
        if case.device == device.name
        for subtest in case.subtests
    }


@pytest.mark.parametrize(("name", "profile"), RUN)
def test_verdicts_are_those_of_the_handwritten_config(verdicts, name, profile):
    found, by_hand = (verdicts[f"{whose}-{name}-{profile.value}"] for whose in ("found", "by-hand"))
    common = found.keys() & by_hand.keys()

    assert {key: found[key] for key in common} == {key: by_hand[key] for key in common}
    assert {key[0] for key in common} >= {"T_APPL_OPEN_1", "T_APPL_DATA_SN_N1"}


def test_every_association_of_the_simulator_is_compared_in_each_protection(verdicts):
    by_hand, found = verdicts["by-hand-simulator-hdlc"], verdicts["found-simulator-hdlc"]

    assert by_hand.keys() == found.keys()
    assert {key[2] for key in found if key[0] == "T_APPL_OPEN_1"} >= {"glo", "ded", "general-glo", "general-ded"}


@pytest.mark.parametrize(("name", "profile"), DRESSINGS)
def test_what_is_discovered_is_what_is_declared(name, profile, tmp_path):
    made = dressed(name, profile)
    path = tmp_path / "found.toml"
    path.write_text(made.text, encoding="utf-8")
    device = load(path, environ=made.environ)
    by_hand = {(item.logical_device, item.client_sap): item for item in made.declared.associations}
    both = [item for item in device.associations if (item.logical_device, item.client_sap) in by_hand]

    assert device.profile is profile
    assert both
    for item in both:
        wanted = by_hand[item.logical_device, item.client_sap]
        assert (item.context, item.mechanism) == (wanted.context, wanted.mechanism)
        assert item.conformance == wanted.conformance
        assert item.client_user_id == wanted.client_user_id
        assert item.targets.readable == wanted.targets.readable
        assert item.targets.long_readable == wanted.targets.long_readable
        assert item.invocation_counter.attribute == wanted.invocation_counter.attribute
        assert item.server_system_title in (None, wanted.server_system_title)
    if profile is Profile.HDLC:
        assert device.hdlc.addressing == made.declared.hdlc.addressing
        assert device.hdlc.server_lower == made.declared.hdlc.server_lower
