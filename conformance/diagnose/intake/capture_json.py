"""Our capture format: one JSON object with frames, keys, and what the capture is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, cast

from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import Direction, Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.keys import KeyFault, from_texts
from conformance.diagnose.intake.place import Place

_TRANSPORTS: Final = {"hdlc": Layer.HDLC, "wrapper": Layer.WRAPPER, "apdu": Layer.APDU}
_DIRECTIONS: Final = ("C>S", "S>C")
_KINDS: Final = ("defect", "control")
_REMEDY: Final = "A capture is an object with transport, keys and frames, each frame with dir and hex"


def take(path: Path, text: str, collector: Collector) -> None:
    """Take a capture.

    Raises:
        IntakeError: the first thing that is wrong, with its place.
    """
    capture = _object(path, text)
    collector.form = "capture"
    kind = capture.get("kind", "")
    if kind not in ("", *_KINDS):
        raise _wrong(path, "kind", f"is {_shown(kind)}; expected {' or '.join(_KINDS)}")
    collector.kind = kind
    _keys(path, capture, collector)
    stream = collector.open(OpenStream(_name(capture, path), _transport(path, capture)))
    frames = capture.get("frames")
    if not isinstance(frames, list):
        raise _wrong(path, "frames", "is missing" if frames is None else "is no list")
    for number, frame in enumerate(frames, 1):
        where = f"frames[{number}]"
        if not isinstance(frame, dict):
            raise _wrong(path, where, "is no object")
        octets = _octets(path, where, frame)
        collector.take(
            stream,
            _direction(path, where, frame),
            octets,
            _time(path, where, frame),
            Place("frame", number),
            notes=_notes(frame),
        )


def _object(path: Path, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise IntakeError(path, f"is no JSON: {error.msg}", remedy=_REMEDY, where=where) from None
    except (ValueError, RecursionError):
        raise IntakeError(path, "is no JSON that can be a capture", remedy=_REMEDY) from None
    if not isinstance(value, dict):
        raise IntakeError(path, "is no JSON object", remedy=_REMEDY)
    return value


def _keys(path: Path, capture: dict[str, Any], collector: Collector) -> None:
    keys = capture.get("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise _wrong(path, "keys", "is no object of strings")
    try:
        collector.keys = from_texts(keys)
    except KeyFault as fault:
        raise _wrong(path, "keys", str(fault)) from None


def _name(capture: dict[str, Any], path: Path) -> str:
    name = capture.get("id")
    return name[:200] if isinstance(name, str) else path.stem


def _transport(path: Path, capture: dict[str, Any]) -> Layer | None:
    transport = capture.get("transport")
    if transport is None:
        return None
    if not isinstance(transport, str) or transport not in _TRANSPORTS:
        raise _wrong(path, "transport", f"is {_shown(transport)}; expected {', '.join(_TRANSPORTS)}")
    return _TRANSPORTS[transport]


def _octets(path: Path, where: str, frame: dict[str, Any]) -> bytes:
    digits = frame.get("hex")
    if not isinstance(digits, str):
        raise _wrong(path, f"{where}.hex", "is missing" if digits is None else "is no string")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        pass
    wrong = next((index for index, digit in enumerate(digits) if digit not in "0123456789ABCDEFabcdef \t\r\n"), None)
    what = "has an odd number of digits" if wrong is None else f"has {_shown(digits[wrong])} as digit {wrong + 1}"
    raise _wrong(path, f"{where}.hex", f"{what}; two hexadecimal digits stand for each octet")


def _direction(path: Path, where: str, frame: dict[str, Any]) -> Direction | None:
    direction = frame.get("dir")
    if direction is None:
        return None
    if not isinstance(direction, str) or direction not in _DIRECTIONS:
        raise _wrong(path, f"{where}.dir", f"is {_shown(direction)}; expected C>S or S>C")
    return cast(Direction, direction)


def _time(path: Path, where: str, frame: dict[str, Any]) -> float | None:
    time = frame.get("t")
    if time is None:
        return None
    if isinstance(time, bool) or not isinstance(time, int | float) or not abs(time) < 1e12:
        raise _wrong(path, f"{where}.t", "is no number of seconds")
    return float(time)


def _notes(frame: dict[str, Any]) -> tuple[str, ...]:
    note = frame.get("note")
    return (note[:500],) if isinstance(note, str) and note else ()


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float | bool) or value is None else type(value).__name__


def _wrong(path: Path, where: str, message: str) -> IntakeError:
    return IntakeError(path, f"{where} {message}", remedy=_REMEDY)
