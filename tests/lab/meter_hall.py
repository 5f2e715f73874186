"""Meters of many kinds in one process, each on a TCP port of its own, which count who speaks to them at the same time.

They are the embedded meter, over the wrapper, with two switches: one that takes the meter off the network, and one that
keeps it there without a word.
"""

import socket
import threading
import time
from pathlib import Path

from conformance.device.content import find_device_config
from conformance.link.server import TcpServer
from conformance.meter.meter import build

_ESTABLISHED = 1
"""Of the states of a TCP connection as Linux numbers them."""


class CountedMeter(TcpServer):
    """A meter that sees whether a second client comes while the first is still there.

    Attributes:
        name: of the device.
        doubled: how often that happened.
        pace_s: how long the meter lets each new connection wait.
        mute: while it is set the meter takes octets and says nothing.
        gone: while it is set the meter ends every connection as soon as it is made.
    """

    def __init__(self, name, pace_s):
        self.name = name
        self.pace_s = pace_s
        self.doubled = 0
        self.mute = threading.Event()
        self.gone = threading.Event()
        self._clients = []
        self._count_lock = threading.Lock()
        super().__init__(build(profile="wrapper", seed=len(name)).endpoint)

    @property
    def link(self):
        return f"tcp://127.0.0.1:{self.port}"

    def leave(self):
        """Off the network at once, whoever is connected."""
        self.gone.set()
        with self._count_lock:
            for connection in self._clients:
                _cut(connection)

    def come_back(self):
        """There again, and without a pause."""
        self.pace_s = 0.0
        self.gone.clear()
        self.mute.clear()

    def _serve(self, connection):
        if self.gone.is_set():
            connection.close()
            return
        with self._count_lock:
            # A client that has closed its side is gone, though its thread may not have seen that yet.
            self._clients = [one for one in self._clients if _is_established(one)]
            self.doubled += bool(self._clients)
            self._clients.append(connection)
        time.sleep(self.pace_s)
        super()._serve(connection)

    def _converse(self, connection, conversation):
        if not self.mute.is_set():
            super()._converse(connection, conversation)
            return
        connection.settimeout(0.2)
        while self.mute.is_set() and not self._stopping.is_set():
            try:
                if not connection.recv(65536):
                    return
            except TimeoutError:
                continue


class Hall:
    """Meters, each with its pace, and a switchboard for programs of the lab: `back NAME` lets a meter come back."""

    def __init__(self, **paces):
        self.meters = {name: CountedMeter(name, pace_s) for name, pace_s in paces.items()}
        self.switched = []
        self._board = socket.create_server(("127.0.0.1", 0))
        self.board_port = self._board.getsockname()[1]
        self._thread = threading.Thread(target=self._switch, daemon=True)

    def __enter__(self):
        for meter in self.meters.values():
            meter.start()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._board.shutdown(socket.SHUT_RDWR)
        self._board.close()
        self._thread.join(timeout=5)
        for meter in self.meters.values():
            meter.stop()

    def __getitem__(self, name):
        return self.meters[name]

    @property
    def doubled(self):
        """The meters that two clients were ever connected to at once."""
        return [meter.name for meter in self.meters.values() if meter.doubled]

    def _switch(self):
        while True:
            try:
                caller, _ = self._board.accept()
            except OSError:
                return
            with caller:
                caller.settimeout(5)
                word = caller.recv(1000).decode()
                self.switched.append(word)
                verb, _, name = word.partition(" ")
                if verb == "back":
                    self.meters[name].come_back()
                caller.sendall(b"done")


SWITCH = (
    "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 10); "
    "s.sendall(' '.join(sys.argv[2:]).encode()); print(s.recv(10).decode(), *sys.argv[2:]); s.close()"
)
"""A program of the lab that asks the switchboard."""


def quick_config(path: Path) -> Path:
    """The simulator's device config for a meter over the wrapper that gives up waiting soon."""
    text = find_device_config("simulator").read_text(encoding="utf-8")
    changed = text.replace('profile = "hdlc"', 'profile = "wrapper"').replace(
        "recovery_time_s = 30.0", "recovery_time_s = 2.0"
    )
    assert changed.count("wrapper") > text.count("wrapper")
    assert "response_timeout_s = 5.0" in changed
    assert "recovery_time_s = 2.0" in changed
    path.write_text(changed, encoding="utf-8")
    return path


def _is_established(connection):
    try:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED
    except OSError:
        return False


def _cut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
