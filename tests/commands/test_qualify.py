"""`qualify`: each defect where it shows, the sound meter in every way it can be reached."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.commands.qualifying import claims_of, problems_of_sound_meters
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.harness.settings import DEFECTIVE, Settings, qualified
from conformance.link.url import parse_url
from conformance.meter.defects import DEFECTS
from conformance.record.assemble import assemble
from conformance.record.verdict import Verdict
from conformance.reporting.qualification import QUALIFICATION, read

RUN_TIMEOUT_S = 120


@cache
def devices() -> dict[str, Device]:
    return {device.name: device for device in qualified((load(find_device_config("simulator")),))}


def running(case: str) -> set[str]:
    """The devices that a case runs on when the tool is qualified."""
    settings = Settings(
        devices=tuple(devices().values()),
        out=None,
        resumed=False,
        seed=1,
        cases=(),
        qualify=True,
        state="",
        invocation=None,  # type: ignore[arg-type]
    )
    return {device.name for device in settings.devices_for(case)}


def test_each_defect_is_reached_in_the_profile_that_it_shows_in() -> None:
    made = devices()
    for name, defect in DEFECTS.items():
        device = made[f"{DEFECTIVE}{name}"]
        assert device.profile.value == (defect.profile or "hdlc"), name
        assert parse_url(device.link).datagrams is defect.datagrams, name
        assert device.embedded is not None
        assert device.embedded.defects == {name}


def test_defects_over_udp_are_those_of_the_wrapper() -> None:
    assert all(defect.profile == "wrapper" for defect in DEFECTS.values() if defect.datagrams)


def test_the_sound_meter_is_reached_in_both_profiles_and_over_udp() -> None:
    sound = [device for name, device in devices().items() if not name.startswith(DEFECTIVE)]
    ways = {device.name: (device.profile, parse_url(device.link).datagrams) for device in sound}

    assert next(iter(ways)) == "simulator"
    assert (
        ways.items()
        >= {
            "simulator": (Profile.HDLC, False),
            "simulator:wrapper": (Profile.WRAPPER, False),
            "simulator:udp": (Profile.WRAPPER, True),
        }.items()
    )
    assert all(device.embedded is not None and not device.embedded.defects for device in sound)


@pytest.mark.parametrize(
    ("case", "sound"),
    [
        ("T_APPL_REL_P1", {"simulator", "simulator:wrapper"}),
        ("X_WRAPPER_UDP", {"simulator", "simulator:wrapper", "simulator:udp"}),
    ],
)
def test_a_case_runs_on_the_sound_meters_and_on_those_whose_defect_it_claims(case: str, sound: set[str]) -> None:
    claimed = {f"{DEFECTIVE}{name}" for name, defect in DEFECTS.items() if case in defect.cases}

    assert running(case) == sound | claimed


def test_a_defect_of_the_wrapper_is_caught_and_the_matrix_says_so(tmp_path: Path) -> None:
    """The whole command, on one case: exit code 0, every claim kept, sound meters of every way judged and fine."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "conformance.cli", "qualify", "--case", "X_WRAPPER_UDP", "--out", str(out)]
    done = subprocess.run(
        [*command, "--json", "-n", "0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {claim["defect"] for claim in told["claims"]} == {name for name in DEFECTS if "-udp-" in name}
    assert all(claim["caught"] and claim["case"] == "X_WRAPPER_UDP" for claim in told["claims"])
    assert told["sound_meter"] == told["cases_without_defect"] == []
    found, _ = read(out / QUALIFICATION)
    assert [(row.defect, row.case, row.failed, row.judged) for row in found.rows] == [
        (claim["defect"], claim["case"], claim["failed"], claim["judged"]) for claim in told["claims"]
    ]
    assert found.passed
    assert found.restricted == ("X_WRAPPER_UDP",)
    assert {row.group for row in found.rows} == {"wrapper"}
    assert re.fullmatch("[0-9a-f]{64}", found.digest)
    assert found.digest == assemble(out).tool.digest
    assert found.record_sha256 == hashlib.sha256((out / "run.json").read_bytes()).hexdigest()
    ended = Counter((case.device, subtest.verdict) for case, subtest in assemble(out).subtests())
    assert ended["simulator:udp", Verdict.PASSED] > 30
    assert ended["simulator:wrapper", Verdict.INAPPLICABLE] == ended["simulator", Verdict.INAPPLICABLE] == 5


def record(*verdicts: tuple[str, str, Verdict]) -> SimpleNamespace:
    """What the matrix is made of: device, case and verdict of subtests."""
    items = [
        (
            SimpleNamespace(device=device, id=case, association="public", variant=""),
            SimpleNamespace(number=number, verdict=verdict, reason="because"),
        )
        for number, (device, case, verdict) in enumerate(verdicts, start=1)
    ]
    return SimpleNamespace(subtests=lambda: items, cases=[item for item, _ in items])


def test_a_problem_of_a_sound_meter_is_told_with_the_way_it_was_reached() -> None:
    found = problems_of_sound_meters(
        record(  # type: ignore[arg-type]
            ("simulator", "X_WRAPPER_PORTS", Verdict.INAPPLICABLE),
            ("simulator:wrapper", "X_WRAPPER_PORTS", Verdict.FAILED),
            ("simulator:udp", "X_WRAPPER_PORTS", Verdict.INCONCLUSIVE),
            ("defect:wrapper-ports-not-swapped", "X_WRAPPER_PORTS", Verdict.FAILED),
        )
    )
    assert [line.partition(": ")[0] for line in found] == ["simulator:wrapper", "simulator:udp"]
    assert "subtest 2: FAILED, because" in found[0]


def test_a_claim_is_kept_only_by_a_failure_on_the_meter_with_that_defect() -> None:
    (claim,) = [
        claim
        for claim in claims_of(
            record(  # type: ignore[arg-type]
                ("defect:wrapper-ports-not-swapped", "X_WRAPPER_PORTS", Verdict.INCONCLUSIVE),
                ("defect:wrapper-unknown-source-served", "X_WRAPPER_PORTS", Verdict.FAILED),
                ("simulator:wrapper", "X_WRAPPER_PORTS", Verdict.FAILED),
            )
        )
        if claim.defect == "wrapper-ports-not-swapped"
    ]
    assert not claim.kept
    assert (claim.failed, claim.judged) == (0, 0)
