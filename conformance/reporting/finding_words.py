"""Findings in words, for reports that are text: how grave, how certain, where, and what to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.record.model import FindingRecord

_CERTAINTY = {"read": "fact", "proven": "proven", "inferred": "inferred"}
_GRAVITY = ("error", "warning", "info")


def certainty(finding: FindingRecord) -> str:
    """`fact` where it stands in the octets, `proven` by computation, `inferred`; empty in older records."""
    return _CERTAINTY.get(finding.evidence, "")


def standing(finding: FindingRecord) -> str:
    """Such as `error, proven`."""
    return ", ".join(part for part in (finding.severity, certainty(finding)) if part)


def told(findings: Iterable[FindingRecord]) -> Iterator[str]:
    """A line for each finding, the gravest first: `finding CODE (error, fact), frame 4, FIELD: message suggestion`."""
    for finding in sorted(findings, key=_gravity):
        where = "" if finding.frame is None else f", frame {finding.frame}"
        where += f", {finding.field}" if finding.field else ""
        yield f"finding {finding.code} ({standing(finding)}){where}: {finding.message} {finding.suggestion}".rstrip()


def _gravity(finding: FindingRecord) -> int:
    return _GRAVITY.index(finding.severity) if finding.severity in _GRAVITY else len(_GRAVITY)
