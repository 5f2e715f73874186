"""A meter as the Elster captures show it, run from its device config: general blocks with the bit and without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from conformance.device.load import load
from conformance.dlms.acse.enumerations import ApplicationContext
from conformance.link.server import TcpServer
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.meter import build
from conformance.meter.model.associations import MANAGEMENT, MANAGEMENT_KEYS

CONFIG = Path(__file__).parents[2] / "device_configs" / "elster-ip-module.toml"
KEYS = {
    "ELSTER_IP_MODULE_GUEK": MANAGEMENT_KEYS.global_unicast.hex(),
    "ELSTER_IP_MODULE_GAK": MANAGEMENT_KEYS.authentication.hex(),
}


@contextmanager
def dressed(*defects: str) -> Iterator[str]:
    """The embedded meter on a TCP port, with the association that the device config declares; it begins in blocks."""
    settings = load(CONFIG, secrets="placeholder").associations[0]
    profile = replace(
        MANAGEMENT,
        context=ApplicationContext.LN,
        conformance=settings.conformance,
        client_system_title=settings.client_system_title,
        server_system_title=settings.server_system_title,
        policy=0,
        server_max_receive_pdu_size=1224,
    )
    meter = build(defects=defects, profile="wrapper", profiles=(profile,), blocks=GeneralBlockSettings(first="general"))
    with TcpServer(meter.endpoint, "127.0.0.1", 0) as server:
        yield f"tcp://127.0.0.1:{server.port}"


def run(tmp_path: Path, url: str) -> dict[tuple[str, int], dict]:
    """Two cases by the command line; their subtests by case and number."""
    arguments = ["run", str(CONFIG), "--link", url, "-c", "X_GBT_N3", "-c", "X_GBT_NEGOTIATION", "--plain", "--no-pdf"]
    command = [sys.executable, "-m", "conformance.cli", *arguments, "--out", str(tmp_path), "--state", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | KEYS, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    record = json.loads((tmp_path / "run.json").read_text())
    return {(case["id"], item["number"]): item for case in record["cases"] for item in case["subtests"]}


def test_a_sound_meter_keeps_what_it_begins_with_and_tells_a_client_that_mixes(tmp_path: Path) -> None:
    """With the bit it begins in general blocks, without it by get-next; the cost of both stands in the record."""
    with dressed() as url:
        found = run(tmp_path, url)

    assert {item["verdict"] for item in found.values()} == {"PASSED", "INAPPLICABLE"}
    assert "the blocks of GET" in found["X_GBT_NEGOTIATION", 1]["observed"]
    assert "general blocks" in found["X_GBT_NEGOTIATION", 3]["observed"]
    assert "get-next: " in found["X_GBT_NEGOTIATION", 4]["observed"]
    assert len(found["X_GBT_NEGOTIATION", 4]["transfers"]) == 2
    mixed = found["X_GBT_N3", 2]["steps"][0]
    assert mixed["title"].startswith("the client mixes")
    assert "no-long-get-in-progress" in mixed["detail"]


def test_the_finding_beside_the_failure_says_which_side_mixed(tmp_path: Path) -> None:
    with dressed("gbt-goes-on-in-service-blocks", "gbt-get-next-accepted") as url:
        found = run(tmp_path, url)

    for place, side in {("X_GBT_NEGOTIATION", 3): "The meter mixes", ("X_GBT_N3", 2): "The client mixes"}.items():
        failed = found[place]
        assert failed["verdict"] == "FAILED"
        finding = next(item for item in failed["findings"] if item["code"] == "mixed-block-transfer")
        assert finding["message"].startswith(side)
        assert failed["frames"][0] <= finding["frame"] <= failed["frames"][1]
        assert "general-block-transfer" in finding["suggestion"]
