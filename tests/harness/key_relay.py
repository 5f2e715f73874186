"""A relay between tester and meter that ends the tester's process at a chosen APDU of a change of keys."""

import contextlib
import os
import selectors
import signal
import socket
import threading

HEADER_OCTETS = 8


class Relay:
    """Listens on a port of its own and passes wrapper PDUs on to a meter, one request at a time.

    Attributes:
        port: to be connected to in the meter's place.
        on_request: asked before a request goes on: False lets nothing further pass on that connection.
        on_reply: asked before the reply goes back, likewise.
    """

    def __init__(self, meter_port):
        self._meter = ("127.0.0.1", meter_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.on_request = self.on_reply = lambda: True
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def stop(self):
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _listen(self):
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._pass_on, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, client):
        with client, socket.create_connection(self._meter) as meter, contextlib.suppress(OSError):
            asks = {client: (meter, "on_request"), meter: (client, "on_reply")}
            buffers = {client: b"", meter: b""}
            with selectors.DefaultSelector() as ready:
                for side in asks:
                    ready.register(side, selectors.EVENT_READ)
                while not self._stopping.is_set():
                    for key, _ in ready.select(0.1):
                        side = key.fileobj
                        octets = side.recv(65536)
                        if not octets:
                            return
                        buffers[side] += octets
                        other, asked = asks[side]
                        while len(pdu := whole(buffers[side])):
                            buffers[side] = buffers[side][len(pdu) :]
                            if not getattr(self, asked)():
                                return
                            other.sendall(pdu)


def whole(octets):
    """The first PDU of a stream; nothing while it is not whole."""
    if len(octets) < HEADER_OCTETS:
        return b""
    size = HEADER_OCTETS + int.from_bytes(octets[6:8], "big")
    return octets[:size] if len(octets) >= size else b""


class Killer:
    """Counts the requests that pass while a journal is open, and kills the process that sends them at one of them.

    Attributes:
        passed: requests that have passed so.
        changing: numbers of those that have changed the keys of the meter.
    """

    def __init__(self, relay, journal, keys):
        self._journal, self._keys = journal, keys
        self._pid = None
        self._known = threading.Event()
        self.arm(None, "")
        relay.on_request, relay.on_reply = self._request, self._reply

    def arm(self, number, when):
        """Kill at request `number`, "before" the meter gets it or "after" it has answered; None: at none."""
        self._number, self._when = number, when
        self.passed, self.changing = 0, []
        self._counted = False
        self._known.clear()

    def aim(self, pid):
        """The process to be killed."""
        self._pid = pid
        self._known.set()

    def _request(self):
        self._counted = self._journal.exists()
        if not self._counted:
            return True
        self.passed += 1
        self._before = self._keys()
        return not self._killed("before")

    def _reply(self):
        if self._counted and self._keys() != self._before:
            self.changing.append(self.passed)
        return not (self._counted and self._killed("after"))

    def _killed(self, when):
        if (self.passed, when) != (self._number, self._when):
            return False
        assert self._known.wait(10)
        os.kill(self._pid, signal.SIGKILL)
        return True
