"""Whatever is done to a capture, reading it ends soon, in a conversation or in one clear message."""

from __future__ import annotations

import json
import random
import time

import pytest

from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.reading import read
from conformance.dlms.reader import Reader
from tests.diagnose.capture_files import (
    CAPTURES,
    captured,
    enhanced,
    frames,
    interface,
    section,
    tcp,
    text_log,
)

ALLOWED_S = 1.0
ROUNDS = 4


def pcapng(exchange):
    sequences = {True: 1, False: 1}
    content = section() + interface(101)
    for number, (direction, octets) in enumerate(exchange):
        up = direction == "C>S"
        content += enhanced(tcp(octets, sequences[up], up=up), number)
        sequences[up] += len(octets)
    return content


def frame_log(exchange):
    lines = [
        json.dumps({"n": n, "t": n, "utc": "2026-01-01T00:00:00Z", "dir": d, "layer": "hdlc", "hex": o.hex().upper()})
        for n, (d, o) in enumerate(exchange, 1)
    ]
    return ("\n".join(lines) + "\n").encode()


FORMS = {
    "text": lambda path: text_log(frames(path)).encode(),
    "json": lambda path: path.read_bytes(),
    "pcap": lambda path: captured(frames(path)),
    "pcapng": lambda path: pcapng(frames(path)),
    "frame log": lambda path: frame_log(frames(path)),
    "octets": lambda path: b"".join(octets for _, octets in frames(path)),
}


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """Cut, with bits turned, parts repeated, or put in another order."""
    mutable = bytearray(content)
    match chance.randrange(4):
        case 0:
            del mutable[chance.randrange(len(mutable)) :]
        case 1:
            for _ in range(chance.randrange(1, 12)):
                mutable[chance.randrange(len(mutable))] ^= 1 << chance.randrange(8)
        case 2:
            at = chance.randrange(len(mutable))
            mutable[at:at] = mutable[at : at + chance.randrange(64)] * chance.randrange(1, 5)
        case _:
            size = max(len(mutable) // 8, 1)
            parts = [mutable[start : start + size] for start in range(0, len(mutable), size)]
            chance.shuffle(parts)
            mutable = bytearray(b"".join(parts))
    return bytes(mutable)


def bounded(path, **more):
    """Read it; give what came of it, within the time allowed."""
    began = time.process_time()
    failure = None
    found = None
    try:
        found = read(path, **more)
        assert repr(found)
        assert all(str(finding) for finding in found.findings)
    except IntakeError as error:
        failure = error
    assert failure is None or (failure.message and failure.remedy and len(str(failure)) < 2_000)
    assert time.process_time() - began < ALLOWED_S
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_spoilt_capture_never_ends_in_a_traceback(form, tmp_path):
    """Truncation, turned bits, repetition and reordering of every capture, in every form."""
    chance = random.Random(form)
    path = tmp_path / "spoilt"
    understood = 0
    for capture in CAPTURES:
        content = FORMS[form](capture)
        for _ in range(ROUNDS):
            path.write_bytes(spoilt(content, chance))
            understood += bounded(path) is not None
    assert understood > len(CAPTURES)


@pytest.mark.parametrize(
    "content",
    [
        bytes.fromhex("7EA0070321930F017E") + b"~\0" * 8_000,
        b"~" * 300_000,
        b"~\0" * 100_000,
        b"\0\1" * 30_000,
        b"\0\1\0\0\0\0\0\0" * 8_000,
        b"~\xa7\xff" * 60_000,
        b"TX: " + b"7E" * 100_000 + b"\n",
        b"TX: " + b"7E " * 40_000 + b"\n",
        b"TX: " + b"7E A0 0O " * 8_000 + b"\n",
        b"TX: C4" + b"00" * 16 + b"\n" + (b"00" * 16 + b"\n") * 3_000,
        b"TX: 60" + (b"7F" * 16 + b"\n") * 3_000,
        b"0000 " + b"aa " * 60_000,
        b"<a>\n" * 15_000,
        b"-> " * 50_000,
        b"client " * 40_000,
        b"12:34:56 " * 10_000,
        b"key = " * 30_000,
        b"0x" * 100_000 + b" 7E",
        b"{" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 100_000,
        b'{"frames": [' + b'{"hex": ""},' * 10_000 + b'{"hex": ""}]}',
        b'{"n":1,"dir":"C>S","hex":"' + b"00" * 100_000 + b'"}\n',
        b"\xff\xfe" + b"\0" * 100_000,
        b"\n" * 200_000,
    ],
    ids=lambda content: content[:12].decode("latin-1").encode("unicode_escape").decode(),
)
def test_content_made_to_take_long_does_not(content, tmp_path):
    """Nothing in it makes the work grow faster than its size."""
    path = tmp_path / "hostile"
    path.write_bytes(content)
    bounded(path)


def test_more_units_than_allowed_are_told(tmp_path):
    """Few pieces may hold very many frames."""
    path = tmp_path / "many"
    path.write_bytes(bytes.fromhex("7EA0070321930F017E") + b"~\0" * 20_000)
    conversation = bounded(path, limits=Limits(units=500))
    assert conversation is not None
    assert len(conversation.units) < 10_000
    assert conversation.said("units-left-out")


def test_a_fault_of_ours_is_not_taken_for_one_of_the_file(tmp_path, monkeypatch):
    """Only what the file does wrong becomes a message about the file."""

    def broken(self, name):
        raise ValueError(name)

    monkeypatch.setattr(Reader, "u8", broken)
    path = tmp_path / "log.txt"
    path.write_text("TX: C0\n01\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^[a-z-]+$"):
        read(path)
