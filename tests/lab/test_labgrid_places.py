"""What the broker of labgrid makes of its answers: of places, ports, queues, and of those it cannot read."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.lab.broker import BrokerError, Held, NoBroker, Port, is_lent
from conformance.lab.inventory import Line
from conformance.lab.inventory_loading import LabError, load_lab
from conformance.lab.labgrid import LabgridBroker, broker_of, whoami
from conformance.lab.labgrid_client import CALL_S, Answer, LabgridClient
from conformance.lab.labgrid_place import read_place
from conformance.link.url import parse_url

LINE = Line(name="a", labgrid_place="rs485-a")
GO_ON = threading.Event()
SHOWN = """\
Place 'rs485-a':
  matches:
    */rs485-a/*
  acquired: vm/root
  acquired resources:
    bench-host/rs485-a/NetworkSerialPort/NetworkSerialPort
  created: 2026-11-21 16:55:21.783427
  changed: 2026-11-21 16:55:23.607378
Acquired resource 'NetworkSerialPort' (bench-host/rs485-a/NetworkSerialPort/NetworkSerialPort):
  {'acquired': 'rs485-a',
   'avail': True,
   'cls': 'NetworkSerialPort',
   'params': {'extra': {'proxy': 'localhost', 'proxy_required': False},
              'host': '192.0.2.7',
              'port': 40590,
              'protocol': 'raw',
              'speed': 9600}}
"""
"""As labgrid-client 26.0.1 prints it."""


class Coordinator:
    """One place in memory, asked as the client asks; what `holds` gives at each look is who has it."""

    def __init__(self, *holds: str | None) -> None:
        self._holds = list(holds)
        self.holder: str | None = None
        self.reservation: str | None = None
        self.calls: list[str] = []
        self.allocated = threading.Event()

    def call(self, *words: str, stop: threading.Event | None = None, within_s: float = CALL_S) -> Answer:
        del within_s
        verb = next(word for word in words if word not in ("-p", "rs485-a"))
        self.calls.append(verb)
        match verb:
            case "show":
                if self._holds:
                    self.holder = self._holds.pop(0)
                reserved = f"  reservation: {self.reservation}\n" if self.reservation else ""
                return Answer(True, True, f"Place 'rs485-a':\n  acquired: {self.holder}\n{reserved}", "")
            case "acquire":
                self.holder = whoami()
            case "release-from":
                assert words[-1] == self.holder
                self.holder = None
            case "reserve":
                return Answer(True, True, "export LG_TOKEN=ABCDEFGHIJ\n", "")
            case "wait" if stop is not None:
                stop.wait(5.0)
                self.allocated.set()
            case "release":
                self.holder = None
        return Answer(True, True, "", "")


def test_a_port_that_came_with_a_place_is_the_link_with_its_speed() -> None:
    place = read_place(SHOWN)
    assert place is not None
    held = Held(place.name, place.ports)

    assert (place.name, place.holder, place.reservation) == ("rs485-a", "vm/root", None)
    assert held.link("labgrid") == "socket://192.0.2.7:40590?baud=9600"
    assert held.link("labgrid:NetworkSerialPort?baud=300&echo=true") == "socket://192.0.2.7:40590?baud=300&echo=true"
    assert held.link("tcp://192.0.2.9:4059") == "tcp://192.0.2.9:4059"
    assert held.link(None) is None


def test_a_port_that_speaks_rfc2217_may_be_opened_in_mode_e_by_whoever_asks_for_it() -> None:
    place = read_place(SHOWN.replace("'raw'", "'rfc2217'").replace("192.0.2.7", "2001:db8::7"))
    assert place is not None

    link = Held("rs485-a", place.ports).link("labgrid?opening=mode-e")

    assert link == "rfc2217://[2001:db8::7]:40590?opening=mode-e"
    assert parse_url(link).host == "2001:db8::7"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("'proxy_required': False", "'proxy_required': True", "SSH"),
        ("'raw'", "'carrier-pigeon'", "rfc2217 and raw"),
        ("'port': 40590", "'port': None", "port"),
        ("'host': '192.0.2.7'", "'host': 'a b/c'", "port"),
        ("'cls': 'NetworkSerialPort'", "'cls': 'NetworkPowerPort'", "no NetworkSerialPort"),
        ("'params': {", "'params': {'a': 1}}, {", "no NetworkSerialPort"),
    ],
)
def test_a_port_that_cannot_be_used_is_told_when_a_device_asks_for_it(old: str, new: str, told: str) -> None:
    assert SHOWN.count(old) == 1
    place = read_place(SHOWN.replace(old, new))
    assert place is not None

    with pytest.raises(BrokerError, match=told):
        Held("rs485-a", place.ports).link("labgrid")


def test_one_of_several_ports_is_asked_for_by_name() -> None:
    held = Held("p", (Port("upper", "rfc2217://192.0.2.7:1"), Port("lower", "rfc2217://192.0.2.7:2")))

    assert held.link("labgrid:lower") == "rfc2217://192.0.2.7:2"
    with pytest.raises(BrokerError, match="upper, lower"):
        held.link("labgrid")
    with pytest.raises(BrokerError, match="upper, lower"):
        held.link("labgrid:middle")
    with pytest.raises(BrokerError, match="labgrid_place"):
        Held().link("labgrid")


def test_only_the_word_itself_means_a_port_of_the_place() -> None:
    assert is_lent("labgrid")
    assert is_lent("labgrid?baud=300")
    assert is_lent("labgrid:upper")
    assert not is_lent("labgrid2")
    assert not is_lent("tcp://labgrid:4059")


@given(
    st.text() | st.builds(lambda head, tail: SHOWN[:head] + tail + SHOWN[head:], st.integers(0, len(SHOWN)), st.text())
)
def test_no_answer_of_the_client_is_a_crash(text: str) -> None:
    place = read_place(text)

    for port in place.ports if place is not None else ():
        assert bool(port.url) != bool(port.problem)


def test_waiting_for_a_place_ends_at_once_when_the_night_is_stopped_and_the_queue_is_left(tmp_path: Path) -> None:
    coordinator = Coordinator("elsewhere/anna")
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    began = time.monotonic()

    with pytest.raises(BrokerError, match=r"stopped while waiting.*elsewhere/anna"):
        LabgridBroker(coordinator, 600.0, tmp_path).acquire(LINE, stop)

    timer.join()
    assert time.monotonic() - began < 4.0
    assert "acquire" not in coordinator.calls
    assert coordinator.calls[-1] == "cancel-reservation"


def test_a_place_reserved_for_somebody_else_is_not_taken(tmp_path: Path) -> None:
    coordinator = Coordinator()
    coordinator.reservation = "SOMEBODYS"

    with pytest.raises(BrokerError, match="reserved for somebody else"):
        LabgridBroker(coordinator, 0.0, tmp_path).acquire(LINE, GO_ON)

    assert "acquire" not in coordinator.calls


def test_a_place_that_a_person_holds_under_our_own_name_is_not_taken_over(tmp_path: Path) -> None:
    coordinator = Coordinator()
    coordinator.holder = whoami()

    with pytest.raises(BrokerError, match="not to be had"):
        LabgridBroker(coordinator, 0.0, tmp_path).acquire(LINE, GO_ON)


def test_a_place_left_by_a_killed_lab_run_is_another_labs_never(tmp_path: Path) -> None:
    coordinator = Coordinator()
    LabgridBroker(coordinator, 0.0, tmp_path / "one").acquire(LINE, GO_ON)

    with pytest.raises(BrokerError, match="not to be had"):
        LabgridBroker(coordinator, 0.0, tmp_path / "two").acquire(LINE, GO_ON)
    assert LabgridBroker(coordinator, 0.0, tmp_path / "two").give_back([LINE]) == ()
    (told,) = LabgridBroker(coordinator, 0.0, tmp_path / "one").give_back([LINE])
    assert "released" in told
    assert coordinator.holder is None


def test_a_place_that_was_taken_away_meanwhile_is_told_and_left_alone(tmp_path: Path) -> None:
    coordinator = Coordinator()
    broker = LabgridBroker(coordinator, 0.0, tmp_path)
    held = broker.acquire(LINE, GO_ON)
    coordinator.holder = "elsewhere/anna"

    told = broker.release(held)

    assert told is not None
    assert "given to elsewhere/anna" in told
    assert coordinator.holder == "elsewhere/anna"


def test_two_lines_never_share_a_place(tmp_path: Path) -> None:
    coordinator = Coordinator()
    broker = LabgridBroker(coordinator, 0.0, tmp_path)
    held = broker.acquire(LINE, GO_ON)

    with pytest.raises(BrokerError, match="line a of this lab has it"):
        broker.acquire(Line(name="b", labgrid_place="rs485-a"), GO_ON)

    assert broker.release(held) is None
    assert coordinator.holder is None
    assert broker.acquire(Line(name="b", labgrid_place="rs485-a"), GO_ON).place == "rs485-a"


def test_a_line_without_a_place_asks_nobody(tmp_path: Path) -> None:
    coordinator = Coordinator()
    broker = LabgridBroker(coordinator, 0.0, tmp_path)

    assert broker.release(broker.acquire(Line(name="b"), GO_ON)) is None
    assert coordinator.calls == []
    assert NoBroker().acquire(Line(name="b"), GO_ON) == Held()
    with pytest.raises(BrokerError, match="rs485-a"):
        NoBroker().acquire(LINE, GO_ON)


def test_a_place_is_not_acquired_when_that_could_not_be_remembered(tmp_path: Path) -> None:
    (tmp_path / "labgrid").write_text("in the way", encoding="utf-8")
    coordinator = Coordinator()

    with pytest.raises(BrokerError, match="state"):
        LabgridBroker(coordinator, 0.0, tmp_path).acquire(LINE, GO_ON)

    assert "acquire" not in coordinator.calls


def test_a_client_that_is_missing_hangs_or_fails_is_told() -> None:
    with pytest.raises(BrokerError, match="virtual environment of its own"):
        LabgridClient(("no-such-labgrid-client",)).call("who")

    hangs = LabgridClient((sys.executable, "-c", "import time; time.sleep(60)")).call("who", within_s=0.3)
    fails = LabgridClient((sys.executable, "-c", "import sys; sys.exit('labgrid-client: Error: so\x1b[2J it is')"))

    assert (hangs.ok, hangs.ended, hangs.reason) == (False, False, "no answer within 0.3 s")
    answer = fails.call("who")
    assert not answer.ok
    assert answer.reason.startswith("so")
    assert "\x1b" not in answer.reason


def lab_with(directory: Path, *, places: tuple[str, str], link: str) -> Path:
    lines = "".join(
        f'[[line]]\nname = "{name}"\n' + (f'labgrid_place = "{place}"\n' if place else "")
        for name, place in zip("ab", places, strict=True)
    )
    path = directory / "lab.toml"
    path.write_text(
        f'[lab]\nname = "Lab"\n[profile.core]\n{lines}'
        f'[[device]]\nname = "m"\nconfig = "simulator"\nline = "b"\nprofile = "core"\nlink = "{link}"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("places", "link", "told"),
    [
        (("p", "p"), "labgrid", "line a has this place already"),
        (("p", ""), "labgrid", "line b has no labgrid_place"),
        (("p", "q"), "labgrid?bauds=300", "baud"),
    ],
)
def test_a_lab_that_cannot_be_lent_is_refused_before_the_night(
    tmp_path: Path, places: tuple[str, str], link: str, told: str
) -> None:
    with pytest.raises(LabError, match=told):
        load_lab(lab_with(tmp_path, places=places, link=link))


def test_the_broker_of_a_lab_is_labgrid_where_a_line_has_a_place(tmp_path: Path) -> None:
    assert isinstance(broker_of(load_lab(lab_with(tmp_path, places=("p", "q"), link="labgrid"))), LabgridBroker)
    assert isinstance(broker_of(load_lab(lab_with(tmp_path, places=("", ""), link="loopback:"))), NoBroker)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_a_client_is_looked_for_from_the_folder_of_the_lab_file(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "client"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf '%s ' \"$@\"\n", encoding="utf-8")
    program.chmod(0o755)

    answer = LabgridClient(("./bin/client", "first"), "192.0.2.1:20408", tmp_path).call("-p", "p", "show")

    assert answer.output == "first -x 192.0.2.1:20408 -p p show "
