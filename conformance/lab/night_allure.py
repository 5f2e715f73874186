"""The Allure results of all devices of a night as one set, in which no two devices meet.

Two devices may share a device config, and then their results share identifiers and names of files. So each result is
written again with identifiers of its own and the device as a parameter; attachments are linked, or copied where the
file system knows no links.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.lab.night_record import NightRecord, NightRow
from conformance.record.model import RunRecord
from conformance.reporting import allure
from conformance.reporting.allure import ALLURE
from conformance.reporting.allure_result import PREFIX
from conformance.reporting.allure_setting import categories
from conformance.reporting.legible import line, moment

_NAMESPACE = uuid.UUID("a2f7e3b4-0c55-5c1e-8b34-6f5a1f6d9c11")
_RESULT = re.compile(rf"{re.escape(PREFIX)}([0-9a-f-]{{36}})-result\.json")
_SOURCE = re.compile(rf"{re.escape(PREFIX)}[0-9a-f-]{{36}}-attachment\.[a-z]{{1,8}}")
_LARGEST_RESULT = 4 * 1024 * 1024


class NightAllure:
    """Unites the results of devices in `allure-results` of a night.

    Attributes:
        results: the directory.
        damaged: names of devices some of whose results could not be read; they are drawn from the record.
    """

    def __init__(self, directory: Path, night: NightRecord) -> None:
        self.results = directory / ALLURE
        self.damaged: list[str] = []
        self._night = night
        self.results.mkdir(parents=True, exist_ok=True)
        for path in self.results.glob(f"{PREFIX}*"):
            path.unlink()

    def add(self, row: NightRow, directory: Path, record: RunRecord) -> None:
        """Add the results of a device; where it has none of its own, they are drawn from its record."""
        own = directory / ALLURE
        if not own.is_dir() or next(own.glob(f"{PREFIX}*-result.json"), None) is None:
            self._draw(row, directory, record)
            return
        written: list[Path] = []
        try:
            for path, content in _read(own):
                self._put(row, content, path.parent, written)
        except (OSError, ValueError, RecursionError, TypeError, AttributeError, KeyError):
            for path in written:
                path.unlink(missing_ok=True)
            self.damaged.append(row.device)
            self._draw(row, directory, record)

    def write(self) -> Path:
        """Write what Allure shows beside the results, and give their directory."""
        night = self._night
        name = line(f"{night.lab}, night {night.name}")
        executor = {"name": "dlms-conformance", "type": "dlms-conformance", "buildName": name, "reportName": name}
        facts = {
            "Lab": night.lab,
            "Night": night.name,
            "Started": moment(night.started),
            "Devices": str(len(night.rows)),
            "Hosts": ", ".join(host.name for host in night.hosts if host.name),
        }
        properties = "".join(f"{key} = {_escaped(line(value))}\n" for key, value in facts.items() if value)
        (self.results / "categories.json").write_bytes(_json(categories()))
        (self.results / "executor.json").write_bytes(_json(executor))
        options = {"reportName": name, "reportLanguage": "en", "groupBy": ["parentSuite", "suite", "subSuite"]}
        config = {"name": name, "plugins": {"awesome": {"options": options}}, "categories": categories()}
        (self.results / "allurerc.json").write_bytes(_json(config))
        (self.results / "environment.properties").write_bytes(properties.encode("ascii"))
        return self.results

    def _draw(self, row: NightRow, directory: Path, record: RunRecord) -> None:
        """Results of a device whose own were never drawn, without exchanges: those stand in its report."""
        for content in allure.results(record):
            self._put(row, json.loads(content), directory, [])

    def _put(self, row: NightRow, content: dict[str, Any], source: Path, written: list[Path]) -> None:
        """Write a result under the device's own identifiers; `written` takes the files, its attachments' too."""
        device = row.device
        content["uuid"] = _own(device, str(content["uuid"]))
        content["historyId"] = _own(device, str(content["historyId"])).replace("-", "")
        shown = line(device)
        parameters = [one for one in content.get("parameters", []) if one.get("name") != "device"]
        content["parameters"] = [{"name": "device", "value": shown}, *parameters]
        labels = [one for one in content.get("labels", []) if one.get("name") not in ("parentSuite", "host")]
        host = {"name": "host", "value": line(row.host or device)}
        content["labels"] = [{"name": "parentSuite", "value": shown}, host, *labels]
        title_path = content.get("titlePath") or [shown]
        content["titlePath"] = [shown, *title_path[1:]]
        for attachment in _attachments(content):
            linked = self._linked(device, source / str(attachment["source"]))
            written.append(linked)
            attachment["source"] = linked.name
        file = self.results / f"{PREFIX}{content['uuid']}-result.json"
        file.write_bytes(_encode(content).encode("ascii"))
        written.append(file)

    def _linked(self, device: str, source: Path) -> Path:
        if not _SOURCE.fullmatch(source.name) or source.is_symlink():
            raise ValueError(f"{source.name} is no attachment of ours")
        target = self.results / f"{PREFIX}{_own(device, source.name)}-attachment{source.suffix}"
        link_or_copy(source, target)
        return target


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Give a file a second name; a copy where the file system knows no links.

    Raises:
        OSError: neither can be done.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def _read(directory: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(directory.glob(f"{PREFIX}*-result.json")):
        if not _RESULT.fullmatch(path.name) or path.is_symlink() or path.stat().st_size > _LARGEST_RESULT:
            raise ValueError(f"{path.name} is no result of ours")
        yield path, json.loads(path.read_bytes())


def _attachments(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from content.get("attachments", [])
    for step in content.get("steps", []):
        yield from _attachments(step)


def _own(device: str, identifier: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps([device, identifier])))


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode("ascii") + b"\n"


def _escaped(text: str) -> str:
    """Text in the escapes of a Java properties file, in ASCII."""
    doubled = text.replace("\\", "\\\\").encode("utf-16-be")
    units = (int.from_bytes(doubled[start : start + 2], "big") for start in range(0, len(doubled), 2))
    return "".join(chr(unit) if 0x20 <= unit <= 0x7E else f"\\u{unit:04x}" for unit in units)


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
