"""A line that labgrid lends, at a real coordinator: its place is acquired, used and given back by labgrid-client."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.device.content import content_directory
from conformance.device.model import Profile
from conformance.lab.broker import BrokerError
from conformance.lab.fleet import Fleet, numbered_meters
from conformance.lab.inventory import Line
from conformance.lab.labgrid import LabgridBroker
from conformance.lab.labgrid_client import LabgridClient
from conformance.link.url import parse_url
from tests.lab.labgrid_site import Site, free_port, site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="labgrid runs on Linux")

PLACE = "rs485-a"
LINE = Line(name="a", labgrid_place=PLACE)
GO_ON = threading.Event()
CASE = "T_HDLC_FRAME_P1"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    meters = numbered_meters(1, parse_url("tcp://127.0.0.1:0"), Profile.HDLC, seed=1, defects={})
    with Fleet(meters) as served:
        yield served


@pytest.fixture(scope="module")
def labgrid(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("labgrid"), PLACE, fleet.meters[0].url.port) as made:
        yield made


def broker_at(labgrid: Site, state: Path, wait_s: float = 30.0) -> LabgridBroker:
    return LabgridBroker(LabgridClient((labgrid.client,), labgrid.coordinator), wait_s, state)


def lab_file(directory: Path, labgrid: Site, *, wait: str = "30s") -> Path:
    """A lab of one line and one meter; before its test, who has which place is written to who.txt."""
    shutil.copytree(content_directory("device_configs") / "labs" / "trial", directory / "devices")
    config = directory / "devices" / "meter.toml"
    text = config.read_text(encoding="utf-8")
    assert text.count('profile = "wrapper"') == 1
    config.write_text(text.replace('profile = "wrapper"', 'profile = "hdlc"'), encoding="utf-8")
    look = "import subprocess, sys; open(sys.argv[1], 'wb').write(subprocess.check_output(sys.argv[2:]))"
    before = [sys.executable, "-c", look, str(directory / "who.txt"), labgrid.client, "-x", labgrid.coordinator, "who"]
    path = directory / "lab.toml"
    path.write_text(
        f'[lab]\nname = "Lent"\npdf = false\n[hooks]\nbefore = {json.dumps(before)}\n'
        f"[labgrid]\nclient = [{json.dumps(labgrid.client)}]\ncoordinator = {json.dumps(labgrid.coordinator)}\n"
        f'wait = "{wait}"\n[profile.core]\ncases = ["{CASE}"]\n'
        f'[[line]]\nname = "a"\nlabgrid_place = "{PLACE}"\n'
        '[[device]]\nname = "m1"\nconfig = "devices/meter.toml"\nline = "a"\nprofile = "core"\nlink = "labgrid"\n',
        encoding="utf-8",
    )
    return path


def night_of(lab: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object], dict[str, object]]:
    """Exit code, night and only row of a lab run."""
    out = lab.parent / "night"
    with pytest.raises(SystemExit) as left:
        main(["lab", "run", str(lab), "--out", str(out), "--plain", "--no-pdf"])
    capsys.readouterr()
    night = json.loads((out / "night.json").read_text(encoding="utf-8"))
    (row,) = night["rows"]
    assert isinstance(left.value.code, int)
    return left.value.code, night, row


def test_a_lab_run_acquires_uses_and_gives_back_the_place(
    labgrid: Site, fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, row = night_of(lab_file(tmp_path, labgrid), capsys)

    assert (code, row["state"], row["verdict"]) == (0, "done", "PASSED"), row
    assert PLACE in (tmp_path / "who.txt").read_text(encoding="utf-8"), "not held while its meter is tested"
    assert labgrid.who() == [], "not given back"
    record = json.loads((tmp_path / "night" / "devices" / "m1" / "run.json").read_text(encoding="utf-8"))
    assert record["device"]["link"] == f"socket://127.0.0.1:{fleet.meters[0].url.port}?baud=9600"
    assert fleet.served()[0].connections > 0


def test_a_place_that_somebody_else_keeps_makes_rows_with_that_reason_and_no_connection(
    labgrid: Site, fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = fleet.served()[0].connections
    labgrid.call("-p", PLACE, "acquire", user="anna")
    try:
        code, _, row = night_of(lab_file(tmp_path, labgrid, wait="2s"), capsys)

        assert labgrid.who() == [PLACE], "taken from its holder"
    finally:
        labgrid.call("-p", PLACE, "release", user="anna")
    assert (code, row["state"], row["verdict"]) == (3, "not-run", "INCONCLUSIVE")
    assert "elsewhere/anna" in str(row["reason"])
    assert fleet.served()[0].connections == seen
    assert labgrid.call("reservations") == "", "a ticket is left in labgrid's queue"


def test_a_place_is_waited_for_in_the_queue_and_taken_when_it_is_free(labgrid: Site, tmp_path: Path) -> None:
    broker = broker_at(labgrid, tmp_path)
    labgrid.call("-p", PLACE, "acquire", user="anna")
    free = threading.Timer(2.0, labgrid.call, args=("-p", PLACE, "release"), kwargs={"user": "anna"})
    free.start()
    try:
        held = broker.acquire(LINE, GO_ON)
    finally:
        free.join()

    assert labgrid.who() == [PLACE]
    assert labgrid.call("reservations") == ""
    assert broker.release(held) is None
    assert labgrid.who() == []


def test_a_place_left_by_a_killed_lab_run_is_taken_over_by_its_successor(labgrid: Site, tmp_path: Path) -> None:
    broker_at(labgrid, tmp_path).acquire(LINE, GO_ON)

    successor = broker_at(labgrid, tmp_path)
    held = successor.acquire(LINE, GO_ON)

    assert "taken over" in held.told[0]
    assert held.link("labgrid") is not None, "its port is not known"
    assert successor.release(held) is None
    assert labgrid.who() == []


def test_a_place_or_a_coordinator_that_is_not_there_is_told_at_once(labgrid: Site, tmp_path: Path) -> None:
    broker = broker_at(labgrid, tmp_path, 600.0)
    with pytest.raises(BrokerError, match="nonsuch"):
        broker.acquire(Line(name="a", labgrid_place="nonsuch"), GO_ON)
    with pytest.raises(BrokerError, match=f"did you mean {PLACE}"):
        broker.acquire(Line(name="a", labgrid_place=PLACE[:-2]), GO_ON)
    nobody = LabgridClient((labgrid.client,), f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerError, match="coordinator"):
        LabgridBroker(nobody, 600.0, tmp_path).acquire(LINE, GO_ON)
