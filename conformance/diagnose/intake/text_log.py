"""Logs as people paste them: lines with octets in any dress, of which some say who sent them and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from conformance.diagnose.intake import hex_run, hexdump, key_line, log_label, log_time
from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import Direction
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.hex_run import BLANK, HexRun
from conformance.diagnose.intake.place import Place
from conformance.diagnose.intake.text_record import Record

_XML: Final = re.compile(r"^\s*</?(?![0-9A-Fa-f]+[\s>])[A-Za-z_!?][\w:.-]*(?:\s[^<>]*)?/?>?|^\s*<!--|^\s*-->")
_XML_NAME: Final = re.compile(r"[A-Za-z_][\w:.-]*")
_FILLERS: Final = (
    "data frame apdu pdu hdlc hex buffer packet message msg raw wrapper udp tcp snrm ua aarq aare disc dm rr rnr frmr "
    "ui get set action bytes octets byte to from the meter client server serial port debug info trace verbose d i t v "
    "normal next block i-frame dlms cosem glo ded iframe length len"
)
_FILLER: Final = frozenset(_FILLERS.split())
"""Words that logs put between a direction and octets."""
_SIDES: Final = re.compile(r"\b[CcSs]\s?[-=]?[>2]\s?[CcSs]\b")
"""`S>C`, whose last letter is a hexadecimal digit."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z-]*")


@dataclass(slots=True)
class _Heading:
    """A line that names a direction, or a time, for the octets on the lines below it."""

    direction: Direction | None
    time: log_time.LogTime | None


@dataclass(slots=True)
class _Seen:
    """What of the log is no octets, told once."""

    xml: int = 0
    xml_first: int = 0
    xml_last: int = 0
    xml_names: list[str] = field(default_factory=list)
    relative: int = 0
    absolute: int = 0
    records: int = 0


class TextLog:
    """Reads a log line by line; what a line means may depend on the one before it."""

    def __init__(self, path: Path, collector: Collector) -> None:
        self._path = path
        self._collector = collector
        self._stream = collector.open(OpenStream(path.name))
        self._record: Record | None = None
        self._heading: _Heading | None = None
        self._seen = _Seen()
        self._began: float | None = None

    def take_all(self, lines: Iterable[str]) -> None:
        """Take every line.

        Raises:
            IntakeError: no line holds octets.
        """
        for number, line in enumerate(lines, 1):
            self._line(number, line.rstrip("\r\n"))
        self._end_record()
        self._tell()

    def _line(self, number: int, line: str) -> None:
        if not line.strip():
            self._end_record()
            self._heading = None
            return
        if _XML.match(line):
            self._end_record()
            self._xml(number, line)
            return
        if self._key(number, line):
            self._end_record()
            return
        moment = log_time.find(line)
        blanked = line
        if moment is not None:
            blanked = _blanked(line, moment.start, moment.end)
        elif (date := log_time.bare_date(line)) is not None:
            blanked = _blanked(line, *date)
        if self._dump(number, blanked, moment):
            return
        run = hex_run.find(_SIDES.sub(lambda found: BLANK * len(found[0]), blanked))
        label = log_label.find(blanked if run is None else blanked[: run.start])
        if run is not None and self._goes_on(number, run, blanked, label, moment):
            return
        self._end_record()
        if run is None or not _is_octets(run, blanked, label):
            words = bool(label) and not _strange(blanked[label.end :] if label else "")
            self._heading = _Heading(self._counted(label), moment) if label and words else self._only_time(moment, line)
            return
        self._begin(number, run, label, moment)

    def _begin(self, number: int, run: HexRun, label: log_label.Label | None, moment: log_time.LogTime | None) -> None:
        direction = self._counted(label)
        if label is None and self._heading is not None:
            direction = self._heading.direction
            moment = moment or self._heading.time
        else:
            self._heading = None
        self._record = Record(number, direction, self._since(moment))
        self._record.add(number, run)

    def _counted(self, label: log_label.Label | None) -> Direction | None:
        if label is None:
            return None
        if label.relative:
            self._seen.relative += 1
        else:
            self._seen.absolute += 1
        return label.direction

    def _only_time(self, moment: log_time.LogTime | None, line: str) -> _Heading | None:
        """A line that is nothing but a time may stand above its octets."""
        if moment is not None and not any(sign.isalnum() for sign in line[: moment.start] + line[moment.end :]):
            return _Heading(self._heading.direction if self._heading else None, moment)
        return None

    def _goes_on(
        self,
        number: int,
        run: HexRun,
        line: str,
        label: log_label.Label | None,
        moment: log_time.LogTime | None,
    ) -> bool:
        """Whether the line goes on with the octets of the line before it; then it is taken."""
        record = self._record
        if record is None or record.dump or label is not None or moment is not None:
            return False
        if number != record.last + 1 or not _alone(run, line) or not record.wants(run):
            return False
        record.add(number, run)
        return True

    def _dump(self, number: int, line: str, moment: log_time.LogTime | None) -> bool:
        """Whether the line is one of a hex dump; then it is taken."""
        label = log_label.find(line.partition(":")[0]) if ":" in line[:40] else None
        found = hexdump.read(line if label is None else line[label.end :].lstrip(" :"))
        record = self._record
        if found is None:
            return False
        follows = record is not None and record.dump and label is None and number == record.last + 1
        if record is not None and follows and len(record.digits) // 2 in (found.offset, found.decimal):
            record.add_dump(number, found)
            return True
        if found.offset != 0:
            return False
        self._end_record()
        heading = self._heading
        direction = self._counted(label) if label is not None else (heading.direction if heading else None)
        time = moment if moment is not None else (heading.time if heading else None)
        self._record = Record(number, direction, self._since(time), dump=True)
        self._record.add_dump(number, found)
        return True

    def _since(self, moment: log_time.LogTime | None) -> float | None:
        """Seconds since the first line with a date; on the clock of the log where there are none."""
        if moment is None:
            return None
        if not moment.dated:
            return moment.seconds
        if self._began is None:
            self._began = self._collector.began = moment.seconds
        return round(moment.seconds - self._began, 6)

    def _end_record(self) -> None:
        record, self._record = self._record, None
        if record is None:
            return
        octets, unknown, notes = record.finish(self._collector.findings)
        if octets:
            self._seen.records += 1
            place = Place("line", record.first, record.last)
            self._collector.take(
                self._stream, record.direction, octets, record.time, place, notes=notes, unknown=unknown
            )

    def _xml(self, number: int, line: str) -> None:
        self._seen.xml += 1
        self._seen.xml_first = self._seen.xml_first or number
        self._seen.xml_last = number
        name = _XML_NAME.search(line)
        if name is not None and len(self._seen.xml_names) < 3 and name[0][:40] not in self._seen.xml_names:
            self._seen.xml_names.append(name[0][:40])

    def _key(self, number: int, line: str) -> bool:
        found = key_line.read(line)
        if found is None:
            return False
        collector = self._collector
        if found.name not in ("client_system_title", "server_system_title"):
            collector.findings.redactor.add(found.raw.encode("utf-8", "surrogatepass"))
        if found.keys is None:
            collector.findings.warning("key-unreadable", Place("line", number), f"{found.fault}.", "Correct the line.")
            return True
        known = collector.keys
        collector.keys = known.with_those_of(found.keys)
        for secret in found.keys.secrets:
            collector.findings.redactor.add(secret)
        names = [item.name for item in fields(known) if getattr(found.keys, item.name) is not None]
        for name in names:
            before = getattr(known, name)
            if before is not None and before != getattr(found.keys, name):
                text = f"The log names a second, different {name}; the first one is used."
                collector.findings.warning("keys-differ", Place("line", number), text)
            else:
                text = f"The log names the {name.replace('_', ' ')}; it is used, and not shown."
                collector.findings.info("key-in-log", Place("line", number), text)
        return True

    def _tell(self) -> None:
        seen = self._seen
        findings = self._collector.findings
        self._collector.streams[self._stream].relative = seen.relative > 0 and not seen.absolute
        if seen.xml:
            names = " ".join(f"<{name}>" for name in seen.xml_names)
            findings.warning(
                "xml-instead-of-octets",
                Place("line", seen.xml_first, seen.xml_last),
                f"{seen.xml} lines are XML ({names or 'comments'}): somebody's translation, not octets. They are "
                "not read.",
                "Log the octets themselves, before they are translated.",
            )
        if not seen.records:
            what = "it holds XML, but no octets" if seen.xml else "no line holds octets in hexadecimal digits"
            remedy = "Paste lines such as `TX: 7E A0 07 03 21 93 0F 01 7E`, or give a pcap, pcapng or capture JSON"
            raise IntakeError(self._path, what, remedy=remedy)


def _blanked(line: str, start: int, end: int) -> str:
    return f"{line[:start]}{BLANK * (end - start)}{line[end:]}"


def _alone(run: HexRun, line: str) -> bool:
    """Whether nothing else stands in the line."""
    around = line[: run.start] + line[run.end :]
    return not any(sign.isalnum() or sign == BLANK for sign in around)


def _strange(text: str) -> bool:
    """Whether there is a word that logs do not put between a direction and octets."""
    return any(word.lower() not in _FILLER for word in _WORD.findall(text))


def _is_octets(run: HexRun, line: str, label: log_label.Label | None) -> bool:
    """Whether a run of digits is octets that passed, rather than a number in some sentence."""
    octets = run.octets
    known = _known_start(run.digits)
    before = line[: run.start].replace(BLANK, "")
    if label is not None:
        if known and octets >= 5:
            return True
        if _strange(line[label.end : run.start]):
            return False
        behind = any(sign.isalnum() for sign in line[run.end :])
        return octets >= 8 or (octets >= 2 and known) or (octets >= 1 and not behind)
    if not any(sign.isalnum() for sign in before):
        behind = any(sign.isalnum() for sign in line[run.end :])
        return octets >= 8 or (octets >= 2 and (known or not behind)) or (octets == 1 and not behind)
    return known and octets >= 5


def _known_start(digits: str) -> bool:
    head = digits[:6].upper()
    return head.startswith(("7E", "0001", "E6E6", "E6E7", "60", "61", "62", "63", "C", "D", "0E", "E0", "21", "28"))
