"""A kind of statement below the APDUs: what it stands for, and how it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.diagnose.reasoning.statement import Evidence, Sign


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of statement.

    Attributes:
        sign: code, title and explanation.
        evidence: how such a statement is known where nothing else is said.
    """

    sign: Sign
    evidence: Evidence


def kinds(rows: tuple[tuple[str, str, str], ...], evidence: Evidence) -> Mapping[str, Kind]:
    """Kinds by code, from rows of code, title and explanation."""
    return {code: Kind(Sign(code, title, explanation), evidence) for code, title, explanation in rows}
