"""What reading a capture has to say about the capture itself: inferences, damage, what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.place import WHOLE, Place
from conformance.record.redaction import Redactor


@dataclass(frozen=True, slots=True)
class IntakeFinding:
    """One statement about the capture, in the form of the other statements.

    Attributes:
        code: stable, kebab-case.
        severity: `error`, `warning` or `info`.
        place: in the file that shows it.
        message: what it means; holds no secret.
        suggestion: what to change; empty where nothing needs to.
    """

    code: str
    severity: str
    place: Place
    message: str
    suggestion: str = ""

    @property
    def where(self) -> str:
        """The place in words; empty for the file as a whole."""
        return "" if self.place == WHOLE else str(self.place)

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return " ".join(part for part in (f"{where}{self.message}", self.suggestion) if part)


_RANKS: Final = ("info", "warning", "error")


class Findings:
    """Collects findings, each text redacted; those beyond a limit are counted, code by code.

    Attributes:
        redactor: knows the secrets that the capture holds.
    """

    __slots__ = ("_found", "_limit", "_more", "_ranked", "redactor")

    def __init__(self, limit: int) -> None:
        self._found: list[IntakeFinding] = []
        self._limit = limit
        self._more: dict[str, int] = {}
        self._ranked = [0] * len(_RANKS)
        self.redactor = Redactor()

    def add(self, code: str, severity: str, place: Place, message: str, suggestion: str = "") -> None:
        """Take a finding; when there are too many, the least severe of them are counted only."""
        rank = _RANKS.index(severity)
        if len(self._found) >= self._limit:
            lesser = next((low for low in range(rank) if self._ranked[low]), None)
            if lesser is None:
                self._more[code] = self._more.get(code, 0) + 1
                return
            at = max(at for at, item in enumerate(self._found) if item.severity == _RANKS[lesser])
            dropped = self._found.pop(at).code
            self._more[dropped] = self._more.get(dropped, 0) + 1
            self._ranked[lesser] -= 1
        self._ranked[rank] += 1
        self._found.append(IntakeFinding(code, severity, place, message, suggestion))

    def error(self, code: str, place: Place, message: str, suggestion: str = "") -> None:
        """Something of the exchange is lost or unreadable."""
        self.add(code, "error", place, message, suggestion)

    def warning(self, code: str, place: Place, message: str, suggestion: str = "") -> None:
        """Something may be other than it is taken for."""
        self.add(code, "warning", place, message, suggestion)

    def info(self, code: str, place: Place, message: str, suggestion: str = "") -> None:
        """Worth knowing; nothing is wrong."""
        self.add(code, "info", place, message, suggestion)

    def all(self) -> tuple[IntakeFinding, ...]:
        """All of them in the order in which they came, redacted, and one that counts what was too much."""
        text = self.redactor.text
        found = [
            IntakeFinding(item.code, item.severity, item.place, text(item.message), text(item.suggestion))
            for item in self._found
        ]
        if self._more:
            counted = ", ".join(f"{count} × {code}" for code, count in sorted(self._more.items()))
            message = f"More was found than is listed: {counted}."
            found.append(IntakeFinding("findings-left-out", "warning", WHOLE, message))
        return tuple(found)
