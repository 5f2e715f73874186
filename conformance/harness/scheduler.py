"""Distribution over workers: one worker per line, so that never two processes talk to one meter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from conformance.device.model import Device
from conformance.link.url import parse_url


class LineScheduling(LoadScopeScheduling):
    """Gives all items of a line to one worker, in their order.

    Embedded meters have no line: each worker has its own, and items go by test function.
    """

    def __init__(self, config: pytest.Config, log: Producer, lines: Mapping[str, str | None]) -> None:
        super().__init__(config, log)
        self._lines = lines

    def _split_scope(self, nodeid: str) -> str:
        name, _, parameters = nodeid.partition("[")
        if len(self._lines) == 1:
            device = next(iter(self._lines))
        else:
            # With several devices the parameters begin with the name of one: the longest that fits.
            fitting = [device for device in self._lines if parameters.startswith(f"{device}-")]
            device = max(fitting, key=len, default="")
        line = self._lines.get(device)
        return line if line is not None else f"{name}[{device}"


def line_of(device: Device) -> str | None:
    """What only one process may use at a time: host and port, or a serial port; None for an embedded meter."""
    url = parse_url(device.link)
    return None if url.scheme == "loopback" else str(url)
