"""Putting a meter back as it was: what fails there is told, and changes no verdict."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.trial import Trial
from conformance.tester.association import PreambleFailed
from conformance.tester.transfer import TransferFailed


@contextmanager
def putting_back(subtest: Trial, what: str) -> Iterator[None]:
    """What is done inside judges nothing; where it fails, the report notes that `what` may not be as it was."""
    made = len(subtest.judgements)
    try:
        yield
    except (Failed, Inapplicable, Inconclusive, PreambleFailed, TransferFailed) as failed:
        subtest.bench.notes.append(f"{subtest.settings.name}: {what} may not be as it was: {failed}")
    finally:
        del subtest.judgements[made:]
