"""What a run record holds of the tool beside its version: what it was built of, and what proves its cases.

It is taken when the run begins: a report that is drawn years later, on another machine, tells of the tool that ran.
"""

from __future__ import annotations

from pydantic import NonNegativeInt

from conformance.record.part import Record
from conformance.record.text import Text


class DependencyRecord(Record):
    """An installed distribution that the tool stands on."""

    name: Text
    version: Text = ""
    record_sha256: Text = ""
    """SHA-256 of its RECORD file, which lists the hash of each of its files; empty where the installer left none."""


class SuiteRecord(Record):
    """A suite as it was shipped, and the defects of the embedded meter by which its cases are proven."""

    group: Text
    cases: NonNegativeInt
    subtests: NonNegativeInt
    """That are declared; a case may make more of them where it runs in several associations and variants."""
    proven: NonNegativeInt
    """Cases that at least one defect must make fail."""
    defects: NonNegativeInt
    """That some case of the suite must catch."""
    claims: NonNegativeInt
    """Pairs of a defect and a case that must catch it."""
