"""What Allure shows beside the results of a run: categories of defects, the environment, and who ran it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.families import Family, family_of
from conformance.record.deviation import DeviationState
from conformance.record.model import RunRecord
from conformance.reporting.legible import line, moment

_ANNOUNCED = (
    ("Deviations that the device config announces", "failed", r"^FAILED \(expected deviation: [\s\S]*"),
    ("Expected deviations that have expired", "failed", r"^FAILED \(expired deviation: [\s\S]*"),
    ("Announced to deviate, but PASSED", "passed", r"^PASSED \(announced to deviate: [\s\S]*"),
)
_CATEGORIES = (
    ("The meter deviates from the standard", "failed", r"^FAILED: [\s\S]*"),
    ("The tester or the way to the meter is at fault", "broken", r"^ERROR: [\s\S]*"),
    ("Could not be judged", "broken", r"^INCONCLUSIVE: [\s\S]*"),
    ("Does not apply to this meter", "skipped", r"^INAPPLICABLE: [\s\S]*"),
    ("Not selected, or not permitted", "skipped", r"^SKIPPED: [\s\S]*"),
)
"""Name, status, and what the message must be as a whole; the first that fits is taken.

Allure 2 matches them as Java does, the whole text; Allure 3 as JavaScript does, any part: hence `^` and `[\\s\\S]`.
"""


def write_setting(results: Path, record: RunRecord) -> None:
    """Write what stands beside the results into their directory.

    `categories.json`, `environment.properties` and `executor.json` are for both; of the categories, Allure 3 takes note
    when `allurerc.json` is given as its `--config`.
    """
    executor: dict[str, object] = {
        "name": line(record.tool.name),
        "type": "dlms-conformance",
        "buildName": line(f"{_devices(record)}, {moment(record.started)}"),
        "buildOrder": int(record.started.timestamp()),
        "reportName": line(f"DLMS/COSEM conformance of {_devices(record)}"),
    }
    (results / "categories.json").write_bytes(_json(categories()))
    (results / "executor.json").write_bytes(_json(executor))
    (results / "allurerc.json").write_bytes(_json(_config(executor["reportName"])))
    properties = "".join(f"{_escaped(name, key=True)} = {_escaped(value)}\n" for name, value in _environment(record))
    (results / "environment.properties").write_bytes(properties.encode("ascii"))


def categories() -> list[dict[str, object]]:
    """The categories of defects, in the order in which Allure tries them."""
    announced, others = ([_by_message(*category) for category in group] for group in (_ANNOUNCED, _CATEGORIES))
    return [*announced, *_families(), *others]


def _config(name: object) -> dict[str, object]:
    """The configuration of Allure 3: the name of the report, its tree, and the categories."""
    options = {"reportName": name, "reportLanguage": "en", "groupBy": ["epic", "feature", "story"]}
    return {"name": name, "plugins": {"awesome": {"options": options}}, "categories": categories()}


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
        expression = rf"^finding ({'|'.join(known)}) \((?:error|warning)\b[\s\S]*"
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
        "Expected deviations": _deviations(record),
    }
    failing = (deviation.told for deviation in record.deviations if deviation.state.fails)
    facts |= {f"Fails the run, {number}": told for number, told in enumerate(failing, 1)}
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


def _devices(record: RunRecord) -> str:
    first, *others = (device.name for device in record.devices)
    return f"{first} and {len(others)} more" if others else first


def _deviations(record: RunRecord) -> str:
    states = [deviation.state for deviation in record.deviations]
    return ", ".join(f"{states.count(state)} {state}" for state in DeviationState if state in states)


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
