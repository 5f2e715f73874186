"""Problems of the caller's making: one message that says what, where and what to do, and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.device.content import ContentMissingError
from conformance.device.counters import CounterError
from conformance.device.key_journal import KeyJournalError
from conformance.device.problems import ConfigError
from conformance.harness.catalogue import CatalogueError
from conformance.lab.inventory_loading import LabError
from conformance.link.link import LinkError
from conformance.link.url import LinkUrlError
from conformance.meter.defects import UnknownDefectError
from conformance.record.errors import RecordError
from conformance.reporting.draw import DrawError

UNUSABLE = 2
"""Exit code: could not start."""


class UsageProblem(Exception):
    """Arguments that cannot be used."""


@contextmanager
def told() -> Iterator[None]:
    """Print what the caller can mend and exit with 2; anything else is a fault of the tool and keeps its traceback."""
    try:
        yield
    except (
        CatalogueError,
        ConfigError,
        ContentMissingError,
        CounterError,
        DrawError,
        KeyJournalError,
        LabError,
        LinkError,
        LinkUrlError,
        RecordError,
        UnknownDefectError,
        UsageProblem,
    ) as problem:
        print(f"dlms-conformance: {problem}", file=sys.stderr)
        sys.exit(UNUSABLE)
