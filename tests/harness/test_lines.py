"""One worker per line, so that never two processes talk to one meter."""

import pytest

from conformance.device.model import Device
from conformance.harness.lines import Lines, line_of
from conformance.harness.scheduler import LineScheduling
from conformance.link.link import LinkError
from conformance.link.server import TcpServer
from conformance.meter.meter import build

TOML = """
name = "{name}"
manufacturer = "XDC"

[link]
url = "tcp://127.0.0.1:{port}"
profile = "wrapper"

[timing]
response_timeout_s = 2.0
recovery_time_s = 1.0

[[logical_device]]
sap = 1

[[association]]
name = "public"
logical_device = 1
client_sap = 16
context = "ln"
mechanism = "none"
conformance = ["block-transfer-with-get-or-read", "get", "selective-access", "priority-mgmt-supported"]
"""


@pytest.fixture
def meters():
    """Two served meters."""
    servers = [TcpServer(build(profile="wrapper").endpoint) for _ in range(2)]
    for server in servers:
        server.start()
    yield servers
    for server in servers:
        server.stop()


def test_under_more_workers_than_lines_all_items_of_a_line_are_run_by_one(run_suite, pytester, meters):
    first, second = meters
    configs = {"alpha": first.port, "beta": first.port, "gamma": second.port}
    for name, port in configs.items():
        pytester.path.joinpath(f"{name}.toml").write_text(TOML.format(name=name, port=port))
    run = run_suite(
        *(f"--dlms-device={name}.toml" for name in configs), "-n", "3", "--dlms-case=X_SMALL_OPEN", out="night"
    )
    verdicts = {subtest.verdict.value for _, subtest in run.record.subtests()}
    assert verdicts == {"PASSED", "FAILED", "INAPPLICABLE", "SKIPPED"}
    workers = {}
    for frame in run.lines("frames.jsonl"):
        if frame["case"]:
            workers.setdefault(configs[frame["device"]], set()).add(frame["worker"])
    assert set(workers) == {first.port, second.port}
    assert all(len(names) == 1 for names in workers.values())


def test_embedded_meters_are_spread_over_the_workers(run_suite):
    run = run_suite("-n", "2", out="spread")
    assert {case.device for case in run.record.cases} == {"simulator"}
    assert len({frame["worker"] for frame in run.lines("frames.jsonl")}) >= 1
    scheduling = LineScheduling.__new__(LineScheduling)
    scheduling._lines = {"simulator": None}
    scopes = {scheduling._split_scope(f"test_small.py::{name}[public-1]") for name in ("test_opening", "test_ends")}
    assert len(scopes) == 2


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("suites/a.py::test_x[public-1@meter-1]", "tcp://192.0.2.1:4059"),
        ("suites/b.py::test_y[public-2@meter]", "tcp://192.0.2.2:4059"),
        ("suites/b.py::test_y[reading-glo-2@meter-1-2]", "tcp://192.0.2.1:4059"),
    ],
)
def test_a_device_is_told_from_one_whose_name_begins_like_it(nodeid, scope):
    scheduling = LineScheduling.__new__(LineScheduling)
    scheduling._lines = {
        "meter": "tcp://192.0.2.2:4059",
        "meter-1": "tcp://192.0.2.1:4059",
        "meter-1-2": "tcp://192.0.2.1:4059",
    }
    assert scheduling._split_scope(nodeid) == scope


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("serial:/dev/ttyS7?baud=300", "serial:/dev/ttyS7?baud=9600", True),
        ("rfc2217://192.0.2.1:4001?baud=300", "tcp://192.0.2.1:4001", True),
        ("serial:/dev/ttyS7", "serial:/dev/ttyS8", False),
        ("tcp://192.0.2.1:4001", "udp://192.0.2.1:4001", False),
    ],
)
def test_two_devices_on_one_port_share_its_line_however_they_use_it(one, other, same):
    devices = [
        Device(name="m", manufacturer="XDC", link=link, profile="hdlc", logical_devices=(), associations=())
        for link in (one, other)
    ]
    assert (line_of(devices[0]) == line_of(devices[1])) is same


def test_a_line_is_held_by_one_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("conformance.harness.lines._TIMEOUT_S", 0.05)
    device = Device(
        name="m", manufacturer="XDC", link="serial:COM7", profile="hdlc", logical_devices=(), associations=()
    )
    mine, theirs = Lines(str(tmp_path)), Lines(str(tmp_path))
    mine.hold(device)
    with pytest.raises(LinkError, match="serial:COM7: another run on this host uses it"):
        theirs.hold(device)
    mine.release()
    theirs.hold(device)
    theirs.release()
