"""How long the devices of a lab took in earlier nights: what the time that is left is reckoned from."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from statistics import median

from conformance.record.lines import write_whole

_KEPT = 7
_MOST_OCTETS = 4096
_LONGEST_S = 14 * 86400.0


class DeviceTimes:
    """Small files, one for each device and profile, in the directory of what outlives a night.

    What cannot be read or written is as if it had never been: nothing but a forecast hangs on it.
    """

    def __init__(self, state: Path) -> None:
        self._directory = state / "times"

    def expected_s(self, device: str, profile: str) -> float | None:
        """The median of the last nights, in seconds; None when none is known."""
        found = self._read(device, profile)
        return median(found) if found else None

    def add(self, device: str, profile: str, seconds: float) -> None:
        """Remember how long a device took that was judged as a whole."""
        path = self._path(device, profile)
        kept = [*self._read(device, profile), round(seconds, 3)][-_KEPT:]
        content = {"device": device, "profile": profile, "seconds": kept}
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(content).encode("ascii") + b"\n")
        except OSError:
            return

    def _path(self, device: str, profile: str) -> Path:
        name = hashlib.sha256(f"{device}\0{profile}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._directory / f"{name}.json"

    def _read(self, device: str, profile: str) -> list[float]:
        try:
            with self._path(device, profile).open("rb") as file:
                content = json.loads(file.read(_MOST_OCTETS))
            found = [float(value) for value in content["seconds"]][-_KEPT:]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []
        return [value for value in found if math.isfinite(value) and 0 <= value <= _LONGEST_S]
