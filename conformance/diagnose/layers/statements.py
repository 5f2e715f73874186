"""Statements as they are collected: the first of each code in full, the many that say the same again counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conformance.diagnose.intake.conversation import Layer, Unit
from conformance.diagnose.intake.frame_look import look
from conformance.diagnose.layers.signs import KINDS
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Statement

MOST_ALIKE: Final = 12
"""Statements of one code that are told one by one; a line that is set wrong shows the same fault in every frame."""
_MOST_OCTETS: Final = 16
_WRAPPER_FIELDS: Final = {
    "wrapper.version": (0, 2),
    "wrapper.source-wport": (2, 4),
    "wrapper.destination-wport": (4, 6),
    "wrapper.length": (6, 8),
}


class Statements:
    """Collects the statements of one conversation, bounded code by code.

    Attributes:
        wrong: statements above `info` so far.
    """

    __slots__ = ("_counted", "_first_more", "_found", "_units", "wrong")

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self.wrong = 0
        self._found: list[Statement] = []
        self._counted: dict[str, int] = {}
        self._first_more: dict[str, Statement] = {}

    def error(
        self,
        code: str,
        index: int,
        field: str,
        message: str,
        suggestion: str = "",
        *,
        evidence: Evidence | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        """The exchange breaks here, or will."""
        self._add("error", code, index, field, message, suggestion, evidence, changes)

    def warning(
        self,
        code: str,
        index: int,
        field: str,
        message: str,
        suggestion: str = "",
        *,
        evidence: Evidence | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        """Against the standard, or likely to do harm; the exchange may go on all the same."""
        self._add("warning", code, index, field, message, suggestion, evidence, changes)

    def info(
        self,
        code: str,
        index: int,
        field: str,
        message: str,
        suggestion: str = "",
        *,
        evidence: Evidence | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        """Worth knowing; nothing is wrong."""
        self._add("info", code, index, field, message, suggestion, evidence, changes)

    def told(self, code: str) -> int:
        """How often a code was stated."""
        return self._counted.get(code, 0)

    def aside(self) -> Statements:
        """Takes what is not to be told: of a reading that was judged before."""
        return Statements(self._units)

    def all(self) -> tuple[Statement, ...]:
        """In the order of the frames; for each code that came too often one more, which counts the rest."""
        counted = [
            replace(first, message=f"From here on {self._counted[code] - MOST_ALIKE} more of the same were found.")
            for code, first in self._first_more.items()
        ]
        return tuple(sorted((*self._found, *counted), key=lambda item: item.frame))

    def _add(
        self,
        severity: Severity,
        code: str,
        index: int,
        field: str,
        message: str,
        suggestion: str,
        evidence: Evidence | None,
        changes: tuple[Change, ...],
    ) -> None:
        count = self._counted.get(code, 0) + 1
        self._counted[code] = count
        self.wrong += severity != "info"
        if count > MOST_ALIKE + 1:
            return
        kind = KINDS[code]
        octets = _part(self._units[index], field)[:_MOST_OCTETS]
        statement = Statement(
            kind.sign,
            severity,
            evidence or kind.evidence,
            index + 1,
            field,
            octets,
            message,
            suggestion or kind.sign.suggestion,
            changes,
        )
        if count <= MOST_ALIKE:
            self._found.append(statement)
        else:
            self._first_more[code] = statement


def _part(unit: Unit, field: str) -> bytes:
    """The octets of a field of a frame or a wrapper PDU; all of them where the path names none."""
    octets = unit.octets
    if unit.layer is Layer.WRAPPER:
        first, end = _WRAPPER_FIELDS.get(field, (0, len(octets)))
        return octets[first:end]
    view = look(octets) if field else None
    if view is None:
        return octets[1:3] if field == "hdlc-frame.format" else octets
    name = field.rpartition(".")[2]
    checks = {check.name.lower(): check.found for check in (view.hcs, view.fcs) if check is not None}
    if name in checks:
        return checks[name]
    at = view.control_offset
    source = at - view.source.length
    parts = {
        "format": octets[1:3],
        "destination": octets[3:source],
        "source": octets[source:at],
        "control": octets[at : at + 1],
    }
    return parts.get(name, view.information if ".information" in field else octets)
