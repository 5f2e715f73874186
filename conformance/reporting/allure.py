"""The run as Allure results: one test result for each subtest, drawn from the record alone.

Names of files, identifiers and octets depend on the record only. Files of an earlier drawing are replaced; results that
something else wrote into the same directory are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from allure_commons.model2 import TEST_CASE_PATTERN
from attr import fields_dict

from conformance.record.frames import Frame
from conformance.record.model import RunRecord
from conformance.reporting.allure_result import PREFIX, Result
from conformance.reporting.allure_setting import write_setting
from conformance.reporting.exchange import exchanged

ALLURE = "allure-results"

_MOST_DECODED = 2_000
"""Frames that are decoded beyond those of subtests that somebody has to look at."""


def write(directory: Path, record: RunRecord, frames: Sequence[Frame]) -> Path:
    """Write the results of a run into `directory`/allure-results and give that path.

    FAILED becomes failed, ERROR and INCONCLUSIVE broken, INAPPLICABLE and SKIPPED skipped; the verdict itself is a
    label and begins the message.

    Args:
        directory: of the run.
        record: the run.
        frames: its frame log, numbered from 1 without gaps.
    """
    results = directory / ALLURE
    results.mkdir(parents=True, exist_ok=True)
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    given: dict[str, int] = {}
    decoded = _decoded(record)
    stale = {path.name for path in results.glob(f"{PREFIX}*")}
    for case, subtest in record.subtests():
        result = Result(record, case, subtest, exchanged(subtest, frames), given, decoded=id(subtest) in decoded)
        content = encode(_plain(result.built())).encode("ascii")
        name = TEST_CASE_PATTERN.format(prefix=f"{PREFIX}{result.uuid}")
        for file, octets in {**result.attachments, name: content}.items():
            (results / file).write_bytes(octets)
            stale.discard(file)
    for file in stale:
        (results / file).unlink()
    write_setting(results, record)
    return results


def results(record: RunRecord) -> Iterator[bytes]:
    """The results of a run without their exchanges, one after another, for whoever unites those of several runs."""
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    given: dict[str, int] = {}
    for case, subtest in record.subtests():
        result = Result(record, case, subtest, (), given, decoded=False)
        yield encode(_plain(result.built())).encode("ascii")


def clear(directory: Path) -> None:
    """Remove the results of an earlier drawing from `directory`/allure-results."""
    for path in (directory / ALLURE).glob(f"{PREFIX}*"):
        path.unlink()


def _decoded(record: RunRecord) -> frozenset[int]:
    """Identities of the subtests whose frames are decoded: those somebody has to look at, and others while few are."""
    found = set()
    left = _MOST_DECODED
    for _, subtest in sorted(record.subtests(), key=lambda pair: not pair[1].verdict.is_problem):
        if subtest.frames is not None:
            first, last = subtest.frames
            left -= last - first + 1
        if left >= 0 or subtest.verdict.is_problem:
            found.add(id(subtest))
    return frozenset(found)


def _plain(item: Any) -> Any:
    """A model object in JSON's types, without what is empty."""
    if isinstance(item, list):
        return [_plain(part) for part in item]
    if not hasattr(type(item), "__attrs_attrs__"):
        return item
    values = ((name, getattr(item, name)) for name in fields_dict(type(item)))
    return {name: _plain(value) for name, value in values if value or value is False or value == 0}
