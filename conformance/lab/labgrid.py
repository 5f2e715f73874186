"""labgrid as a broker: the place of a line is acquired before its first meter and given back after its last."""

from __future__ import annotations

import getpass
import os
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.lab.broker import Broker, BrokerError, Held, NoBroker
from conformance.lab.inventory import Lab, Labgrid, Line
from conformance.lab.labgrid_client import Calls, LabgridClient
from conformance.lab.labgrid_marker import Marker
from conformance.lab.labgrid_place import Place, read_place

_AGAIN_S: Final = 5.0
"""Between two attempts at a place that was refused although nobody has it."""
_WORTH_TELLING_S: Final = 10.0
_TOKEN: Final = re.compile(r"LG_TOKEN=(\w{1,64})\s*")


def broker_of(lab: Lab) -> Broker:
    """The broker of a lab: labgrid when a line of it names a place, else nobody."""
    if not any(line.labgrid_place for line in lab.lines):
        return NoBroker()
    settings = lab.labgrid or Labgrid()
    client = LabgridClient(settings.client, settings.coordinator, lab.path.parent)
    return LabgridBroker(client, settings.wait_s, lab.state)


def whoami() -> str:
    """`HOST/USER` as the client of this host calls itself."""
    host = os.environ.get("LG_HOSTNAME", socket.gethostname())
    try:
        return f"{host}/{os.environ.get('LG_USERNAME') or getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        # Whoever has no name gets none from labgrid either; its own message is clearer than ours would be.
        return f"{host}/"


@dataclass(slots=True)
class _Wait:
    """A line that waits for its place.

    Attributes:
        began: monotonic time, seconds.
        refusal: why it was not lent at the last attempt.
        token: of our reservation in labgrid's queue; None while there is none.
    """

    began: float
    refusal: str = ""
    token: str | None = None

    def passed(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self.began

    def told(self, place: str) -> tuple[str, ...]:
        """What the reader of a night has to know of the wait."""
        passed = self.passed()
        if not self.refusal or passed < _WORTH_TELLING_S:
            return ()
        return (f"waited {passed:.0f} s for labgrid place {place}: {self.refusal}",)


class LabgridBroker:
    """Acquires and releases places through `labgrid-client`; threads of different lines may call it at once.

    Args:
        client: calls the program.
        wait_s: so long a line waits for its place; seconds.
        state: directory of what outlives a night.
    """

    def __init__(self, client: Calls, wait_s: float, state: Path) -> None:
        self._client = client
        self._wait_s = wait_s
        self._state = state
        self._lock = threading.Lock()
        self._lines: dict[str, str] = {}

    def acquire(self, line: Line, stop: threading.Event) -> Held:
        """Acquire the place of `line`; one that a lab run of this state directory left behind is taken over.

        Raises:
            BrokerError: coordinator or place is absent, somebody else has it all the time, or `stop` was set.
        """
        place = line.labgrid_place
        if place is None:
            return Held()
        wait = _Wait(time.monotonic())
        with self._queue(wait):
            while True:
                held = self._attempt(line.name, place, wait)
                if held is not None:
                    return held
                self._pause(place, wait, stop)

    def release(self, held: Held) -> str | None:
        """Give a place back; somebody else's is left alone. What went wrong is answered."""
        if held.place is None:
            return None
        try:
            return self._release(held.place)
        except BrokerError as error:
            return f"labgrid place {held.place} may still be ours: {error}"
        finally:
            with self._lock:
                self._lines.pop(held.place, None)

    def give_back(self, lines: Iterable[Line]) -> tuple[str, ...]:
        """Give back what a lab run that was killed has left acquired of `lines`, on which nothing is left to do."""
        told = []
        for line in lines:
            place = line.labgrid_place
            if place is None or Marker.of(self._state, place).holder() is None:
                continue
            problem = self.release(Held(place))
            told.append(problem or f"labgrid place {place}, which a lab run had not given back, was released")
        return tuple(told)

    def _attempt(self, line: str, place: str, wait: _Wait) -> Held | None:
        """The place, if it is free or still ours; else None, and `wait` knows why not."""
        with self._lock:
            other = self._lines.setdefault(place, line)
        if other != line:
            wait.refusal = f"line {other} of this lab has it"
            return None
        held = None
        try:
            held = self._lent(place, wait)
        finally:
            if held is None:
                with self._lock:
                    self._lines.pop(place, None)
        return held

    def _lent(self, place: str, wait: _Wait) -> Held | None:
        marker = Marker.of(self._state, place)
        shown = self._show(place)
        if shown.holder is not None and shown.holder == marker.holder():
            told = f"labgrid place {place} was taken over: a lab run that ended early has not given it back"
            return Held(place, shown.ports, (told,))
        if shown.holder is not None:
            wait.refusal = f"acquired by {shown.holder}"
            return None
        if shown.reservation not in (None, wait.token):
            wait.refusal = "reserved for somebody else"
            return None
        marker.write(whoami())
        answer = self._client.call("-p", place, "acquire")
        if answer.ok:
            return Held(place, self._acquired(place, marker).ports, wait.told(place))
        wait.refusal = answer.reason
        if answer.ended:
            marker.remove()
        return None

    def _acquired(self, place: str, marker: Marker) -> Place:
        """The place as it is shown once it is ours."""
        try:
            shown = self._show(place)
            if shown.holder is None:
                raise BrokerError(f"labgrid place {place} was released again as soon as it was acquired")
            marker.write(shown.holder)
            return shown
        except BrokerError:
            self._client.call("-p", place, "release")
            marker.remove()
            raise

    def _release(self, place: str) -> str | None:
        marker = Marker.of(self._state, place)
        ours = marker.holder() or whoami()
        holder = self._show(place).holder
        if holder != ours:
            marker.remove()
            now = "released" if holder is None else f"given to {holder}"
            return f"labgrid place {place} was {now} by somebody else while its meters were tested"
        answer = self._client.call("-p", place, "release-from", ours)
        if not answer.ok:
            return f"labgrid place {place} could not be released: {answer.reason}; labgrid-client -p {place} release"
        marker.remove()
        return None

    def _show(self, place: str) -> Place:
        """The place as the coordinator knows it.

        Raises:
            BrokerError: there is no coordinator, or no such place.
        """
        answer = self._client.call("-p", place, "show")
        if not answer.ok:
            raise BrokerError(f"labgrid place {place}: {answer.reason}")
        shown = read_place(answer.output)
        if shown is None:
            raise BrokerError(f"labgrid place {place}: the client's show answered with no place")
        if shown.name != place:
            raise BrokerError(f"labgrid place {place}: there is none of that name; did you mean {shown.name}?")
        return shown

    def _pause(self, place: str, wait: _Wait, stop: threading.Event) -> None:
        """Wait in labgrid's queue, or for a moment where that is not possible.

        Raises:
            BrokerError: the time is over, or `stop` was set.
        """
        left = self._wait_s - wait.passed()
        if stop.is_set():
            raise BrokerError(f"stopped while waiting for labgrid place {place}: {wait.refusal}")
        if left <= 0:
            raise BrokerError(f"labgrid place {place} was not to be had within {self._wait_s:.0f} s: {wait.refusal}")
        if wait.token is None:
            wait.token = self._reserve(place)
            if wait.token is not None:
                self._client.call("wait", wait.token, stop=stop, within_s=left)
                return
        stop.wait(min(_AGAIN_S, left))

    def _reserve(self, place: str) -> str | None:
        """A ticket of labgrid's queue; None when there is none to be had, and attempts must do."""
        answer = self._client.call("reserve", "--shell", f"name={place}")
        found = _TOKEN.search(answer.output) if answer.ok else None
        return found[1] if found else None

    @contextmanager
    def _queue(self, wait: _Wait) -> Iterator[None]:
        """Leave labgrid's queue in any case: a ticket that is kept would keep the place from others once it is free."""
        try:
            yield
        finally:
            if wait.token is not None:
                self._client.call("cancel-reservation", wait.token)
