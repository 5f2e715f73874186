"""The entrance: from a file of any kind that an exchange comes in to one conversation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from conformance.diagnose.intake import capture_json, frame_log, pcap, pcapng, selection
from conformance.diagnose.intake.building import conversation
from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import Conversation, Damage, Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.keys import NO_KEYS, CaptureKeys
from conformance.diagnose.intake.limits import DEFAULT, Limits
from conformance.diagnose.intake.packet import BlockFile
from conformance.diagnose.intake.packet_capture import PORT, PacketCapture
from conformance.diagnose.intake.place import Place
from conformance.diagnose.intake.text_log import TextLog

_HEAD: Final = 4096
_PIECE: Final = 4096
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHER: Final = {
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"{\\rtf": "an RTF document",
    b"\x7fELF": "a program",
}
_REMEDY: Final = "Give a pcap, pcapng, capture JSON, the directory of a run, or a text log with octets in hexadecimal"
_UTF_16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read(
    path: str | Path,
    *,
    port: int = PORT,
    keys: CaptureKeys = NO_KEYS,
    limits: Limits = DEFAULT,
) -> Conversation:
    """Read an exchange from a file: capture JSON, pcap, pcapng, a run of ours, a text log, or the octets themselves.

    What the file is, is judged from its content. What carries the APDUs, and who sent what, is taken from the file
    where it says so, else inferred; each inference is a finding. Damaged frames are handed out, with what is wrong.

    Args:
        path: of the file, or of the directory of a run; `FILE#3` reads the third stream of a capture only,
            `DIR#CASE`, `DIR#CASE/SUBTEST` and `DIR#CASE/ASSOCIATION/VARIANT/SUBTEST` what belongs to a case.
        port: TCP or UDP port of the meter in a packet capture.
        keys: that are known; they hold before those that the file names.
        limits: how much is kept of a file; the rest is counted, and told.

    Raises:
        IntakeError: nothing can be read, with what is wrong, where, and what to do.
    """
    file, wanted = selection.split(str(path))
    collector = Collector(limits, Findings(limits.findings), wanted)
    for secret in keys.secrets:
        collector.findings.redactor.add(secret)
    try:
        if file.is_dir():
            frame_log.take(_log_of_run(file), collector)
        else:
            _take_file(file, collector, port)
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from None
    collector.keys = keys.with_those_of(collector.keys)
    for secret in collector.keys.secrets:
        collector.findings.redactor.add(secret)
    read_out = conversation(file, collector)
    if collector.form == "octets" and not _framed(read_out):
        raise IntakeError(file, "is no file that an exchange comes in: no frame was found in it", remedy=_REMEDY)
    return read_out


def _framed(read_out: Conversation) -> bool:
    """Whether octets without any other sign of an exchange hold one: a frame or wrapper PDU with sound bounds."""
    return any(unit.layer in (Layer.HDLC, Layer.WRAPPER) and unit.damage is Damage.NONE for unit in read_out.units)


def _log_of_run(directory: Path) -> Path:
    path = directory / frame_log.FRAMES
    if not path.is_file():
        remedy = "Give the directory of a run, as --out named it, or a file"
        raise IntakeError(directory, f"is a directory without {frame_log.FRAMES}", remedy=remedy)
    return path


def _take_file(path: Path, collector: Collector, port: int) -> None:
    try:
        opened = path.open("rb")
    except ValueError as error:
        raise _unreadable(path, str(error)) from None
    with opened as file:
        head = file.read(_HEAD)
        file.seek(0)
        if not head.strip():
            raise IntakeError(path, "is empty", remedy="Give a file that holds an exchange")
        if head[:4] in pcap.MAGICS or head[:4] == pcapng.SECTION_HEADER:
            _packets(path, file, head, collector, port)
            return
        compressed = next((name for magic, name in _COMPRESSED.items() if head.startswith(magic)), None)
        if compressed is not None:
            raise IntakeError(path, f"is compressed ({compressed})", remedy="Unpack it first")
        other = next((name for magic, name in _OTHER.items() if head.startswith(magic)), None)
        if other is not None:
            raise IntakeError(path, f"is no file that an exchange comes in, but {other}", remedy=_REMEDY)
        if _is_binary(head):
            _octets(path, file, collector)
            return
        _text(path, file, head, collector)


def _unreadable(path: Path, reason: str) -> IntakeError:
    return IntakeError(path, f"cannot be read ({reason})", remedy="Check the path and its permissions")


def _packets(path: Path, file: BinaryIO, head: bytes, collector: Collector, port: int) -> None:
    source = BlockFile(file)
    if head[:4] in pcap.MAGICS:
        collector.form = "pcap"
        packets = pcap.packets(path, source, collector.limits, collector.findings)
    else:
        collector.form = "pcapng"
        packets = pcapng.packets(path, source, collector.limits, collector.findings)
    PacketCapture(collector, port).take_all(packets)


def _is_binary(head: bytes) -> bool:
    """Whether octets are no text in any encoding that logs are kept in."""
    return head[:2] not in _UTF_16 and (b"\0" in head or head.startswith((b"~\xa0", b"~~\xa0")))


def _octets(path: Path, file: BinaryIO, collector: Collector) -> None:
    """The octets themselves, as a program wrote them that logs a line without more."""
    head = file.read(_PIECE)
    if b"~" not in head and not head.startswith(b"\0\1"):
        raise IntakeError(path, "is no file that an exchange comes in", remedy=_REMEDY)
    collector.form = "octets"
    stream = collector.open(OpenStream(path.name, records=False))
    offset = 0
    while head:
        collector.take(stream, None, head, None, Place("octet", offset))
        offset += len(head)
        if collector.full:
            rest = file.seek(0, io.SEEK_END) - offset
            collector.leave_out(stream, -(-rest // _PIECE), Place("octet", offset))
            return
        head = file.read(_PIECE)


def _text(path: Path, file: BinaryIO, head: bytes, collector: Collector) -> None:
    limits = collector.limits
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    text = io.TextIOWrapper(file, _encoding(head), errors="replace", newline=None)
    try:
        start = text.read(_HEAD).lstrip("\ufeff \t\r\n")
        text.seek(0)
        if _is_frame_log(start):
            frame_log.take(path, collector)
        elif start[:1] == "{" and start[1:].lstrip()[:1] in ('"', "}"):
            if size > limits.text_octets:
                raise IntakeError(path, f"has {size} octets; a capture has less", remedy="Cut it around the fault")
            capture_json.take(path, text.read().lstrip("\ufeff"), collector)
        else:
            collector.form = "text log"
            TextLog(path, collector).take_all(_lines(text, collector))
    finally:
        text.detach()


def _is_frame_log(start: str) -> bool:
    """Whether the first line is a frame of a log of ours: an object on one line that has a number and octets."""
    line = start.partition("\n")[0]
    return line.startswith("{") and '"n":' in line and '"dir":' in line and '"hex":' in line and '"frames"' not in line


def _encoding(head: bytes) -> str:
    return _UTF_16.get(head[:2], "utf-8-sig")


def _lines(text: TextIO, collector: Collector) -> Iterator[str]:
    """The lines of a log, each of bounded length, up to a bounded size of all."""
    limits = collector.limits
    left = limits.text_octets
    number = 0
    while line := text.readline(limits.line_characters):
        number += 1
        left -= len(line)
        if left < 0:
            message = f"The log goes on from here; {limits.text_octets} characters of it are read at most."
            collector.findings.warning("log-left-out", Place("line", number), message, "Cut it around the fault.")
            return
        if len(line) >= limits.line_characters and not line.endswith("\n"):
            message = f"The line has more than {limits.line_characters} characters; the rest of it is left out."
            collector.findings.warning("line-too-long", Place("line", number), message)
            while (rest := text.readline(limits.line_characters)) and not rest.endswith("\n"):
                left -= len(rest)
                if left < 0:
                    break
        yield line
