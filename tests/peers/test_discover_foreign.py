"""A meter that was not written beside it, discovered: the config runs, with the verdicts of the hand-written one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.record.assemble import assemble
from tests.peers.foreign_meter import ForeignMeter

HERE = Path(__file__).parent
CASES = {"pydlms_wrapper": ("T_APPL_OPEN_4", "X_BLOCK_GET_P1"), "pydlms_hdlc": ("T_APPL_REL_P1",)}
TIMEOUT_S = 120
KEYS = ("secret", "encryption_key", "authentication_key")
OPTIONS = {"secret": "--secret", "encryption_key": "--key", "authentication_key": "--authentication-key"}
COMMAND = [sys.executable, "-m", "conformance.cli"]


def known(device, environ):
    """The options by which a user says what the hand-written config knows of clients with logical names."""
    options = []
    for item in device.associations:
        if item.short_names:
            continue
        options += ["--client", str(item.client_sap)]
        for key in KEYS:
            secret = getattr(item, key)
            if secret is not None:
                name = f"FOREIGN_{item.client_sap}_{key}".upper()
                environ[name] = secret.reveal().decode() if key == "secret" else secret.reveal().hex()
                options += [OPTIONS[key], f"{item.client_sap}=env:{name}"]
    return options


def verdicts(record, device):
    saps = {item.name: item.client_sap for item in device.associations if not item.short_names}
    return {
        (case.id, saps[case.association], case.variant, subtest.number): subtest.verdict
        for case in record.cases
        if case.device == device.name and case.association in saps
        for subtest in case.subtests
    }


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_discovered_config_gives_the_verdicts_of_the_handwritten_one(peer_python, tmp_path, name):
    environ = dict(os.environ)
    with ForeignMeter(peer_python, HERE / f"{name}.toml") as meter:
        found, state = tmp_path / "found.toml", ["--state", str(tmp_path / "state")]
        command = [*COMMAND, "discover", meter.link, "--out", str(found), "--server", "1", "--timeout", "0.5"]
        command += ["--per-minute", "0", "--context", "ln", "--context", "ln-ciphered", *state]
        command += known(meter.device, environ)
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        configs, out = (found, HERE / f"{name}.toml"), tmp_path / "out"
        run = [*COMMAND, "run", *map(str, configs), "--link", meter.link, "--plain", "--no-pdf", "--out", str(out)]
        run += [*state, *(f"--case={case}" for case in CASES[name])]
        subprocess.run(run, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    discovered, by_hand = (verdicts(assemble(out), load(config, environ=environ)) for config in configs)
    common = discovered.keys() & by_hand.keys()

    assert {key: discovered[key] for key in common} == {key: by_hand[key] for key in common}
    assert {key[1] for key in common} == {item.client_sap for item in meter.device.associations if not item.short_names}
