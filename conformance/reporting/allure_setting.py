"""What Allure shows beside the results of a run: categories of defects, the environment, and who ran it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.families import Family, family_of
from conformance.record.model import RunRecord
from conformance.reporting.legible import line, moment

_CATEGORIES = (
    ("Deviations that the device config announces", "failed", r"(?s)FAILED \(expected deviation: .*"),
    ("The meter deviates from the standard", "failed", r"(?s)FAILED: .*"),
    ("The tester or the way to the meter is at fault", "broken", r"(?s)ERROR(:| \().*"),
    ("Could not be judged", "broken", r"(?s)INCONCLUSIVE(:| \().*"),
    ("Does not apply to this meter", "skipped", r"(?s)INAPPLICABLE(:| \().*"),
    ("Not selected, or not permitted", "skipped", r"(?s)SKIPPED(:| \().*"),
)
"""Name, status, and what the message must be as a whole."""


def write_setting(results: Path, record: RunRecord) -> None:
    """Write `categories.json`, `environment.properties` and `executor.json` into the directory of the results."""
    announced, *others = _CATEGORIES
    categories = [_by_message(*announced), *_families(), *(_by_message(*category) for category in others)]
    executor = {
        "name": line(record.tool.name),
        "type": "dlms-conformance",
        "buildName": line(f"{record.device.name}, {moment(record.started)}"),
        "reportName": line(f"DLMS/COSEM conformance of {record.device.name}"),
    }
    (results / "categories.json").write_bytes(_json(categories))
    (results / "executor.json").write_bytes(_json(executor))
    properties = "".join(f"{_escaped(name, key=True)} = {_escaped(value)}\n" for name, value in _environment(record))
    (results / "environment.properties").write_bytes(properties.encode("ascii"))


def _by_message(name: str, status: str, expression: str) -> dict[str, object]:
    return {"name": name, "matchedStatuses": [status], "messageRegex": expression}


def _families() -> Iterator[dict[str, object]]:
    """A category for each family of findings: Allure takes the first that fits, so the leading finding decides.

    The trace of a result begins with that finding's code; nothing that a meter sends can stand before it.
    """
    codes: dict[Family, list[str]] = {family: [] for family in Family}
    for code in catalogue():
        codes[family_of(code)].append(code)
    for family, known in codes.items():
        expression = rf"(?s)finding ({'|'.join(known)}) \((?:error|warning)\b.*"
        yield {"name": family.value, "matchedStatuses": ["failed", "broken"], "traceRegex": expression}


def _environment(record: RunRecord) -> Iterator[tuple[str, str]]:
    tool = record.tool
    facts = {
        "Tool": f"{tool.name} {tool.version}",
        "Python": tool.python,
        "Platform": tool.platform,
        "Started": moment(record.started),
        "Finished": moment(record.finished) if record.finished is not None else "killed",
        "Verdict": record.verdict.value if record.complete else f"{record.verdict}, incomplete",
        "Scope": record.scope,
        "Acceptance": record.acceptance,
        "Permissions": ", ".join(record.permissions),
    }
    for device in record.devices:
        told = {
            "manufacturer": device.manufacturer,
            "model": device.model,
            "profile": device.profile,
            "link": device.link,
            "config fingerprint": device.fingerprint,
            **device.identity,
        }
        facts |= {f"Device {device.name}: {name}": value for name, value in told.items()}
    for name, value in facts.items():
        if value:
            yield line(name), line(value)


def _escaped(text: str, *, key: bool = False) -> str:
    """Text in the escapes of a Java properties file, in ASCII."""
    shown = text.replace("\\", "\\\\")
    for special in ":=#! " if key else "":
        shown = shown.replace(special, f"\\{special}")
    return "".join(
        character if " " <= character <= "~" else "".join(f"\\u{unit:04x}" for unit in _utf16(character))
        for character in shown
    )


def _utf16(character: str) -> Iterator[int]:
    octets = character.encode("utf-16-be")
    return (int.from_bytes(octets[start : start + 2], "big") for start in range(0, len(octets), 2))


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode("ascii") + b"\n"
