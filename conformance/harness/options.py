"""The `--dlms-*` options of the pytest plugin; declared in every pytest run, so nothing else is imported here."""

from __future__ import annotations

import pytest

PROFILES = ("hdlc", "wrapper")
ACCEPTANCES = ("strict", "tolerant")
PERMISSIONS = (
    "reads",
    "writes",
    "changes_keys",
    "changes_policy",
    "leaves_policy",
    "may_lock_out",
    "disconnects",
    "updates_firmware",
)


def _span(text: str) -> float:
    """Seconds; what reads them is imported once they are given."""
    from conformance.harness.budget import budget_option  # noqa: PLC0415 - nothing is imported where it is not asked for

    return budget_option(text)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of the plugin."""
    group = parser.getgroup("dlms", "DLMS/COSEM conformance")
    group.addoption(
        "--dlms-device",
        action="append",
        metavar="TOML",
        help="device config: a file, or the name of a shipped one (default: simulator, the embedded meter); repeatable",
    )
    group.addoption(
        "--dlms-out", metavar="DIR", help="directory for the evidence of this run; must not hold another run"
    )
    group.addoption("--dlms-resume", metavar="DIR", help="finish the run whose evidence is in DIR")
    group.addoption("--dlms-case", action="append", metavar="ID", help="only this case; repeatable")
    group.addoption(
        "--dlms-link", metavar="URL", help="link in place of the device config's, e.g. tcp://192.0.2.1:4059"
    )
    group.addoption("--dlms-profile", choices=PROFILES, help="in place of the device config's")
    group.addoption("--dlms-acceptance", choices=ACCEPTANCES, help="in place of the device config's")
    group.addoption(
        "--dlms-permit",
        action="append",
        choices=PERMISSIONS,
        help="what may be done to the meter, beside what the device config permits; repeatable",
    )
    group.addoption("--dlms-seed", type=int, metavar="N", help="repeats a run's challenges, keys and mutations")
    group.addoption("--dlms-defect", action="append", metavar="NAME", help="switch on a defect of the embedded meter")
    group.addoption("--dlms-qualify", action="store_true", help="run each defect against the cases that claim it")
    group.addoption("--dlms-state", metavar="DIR", help="where invocation counters are kept between runs")
    group.addoption(
        "--dlms-budget",
        metavar="TIME",
        type=_span,
        help="what was not begun after this time, e.g. 45m, is INCONCLUSIVE",
    )
    group.addoption(
        "--dlms-record-unreachable",
        action="store_true",
        help="a meter that does not answer when the run begins makes its subtests INCONCLUSIVE, and not a usage error; "
        "one that does not when it ends is noted",
    )
    parser.addini("dlms_device", "device configs, as --dlms-device", type="linelist")
