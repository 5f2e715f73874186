"""What looking at a lab brings up: errors, with which no night should begin, and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from conformance.device.problems import Problem

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to know.

    Attributes:
        level: `error`, or `warning` where a night can be as it should all the same.
        problem: where it is, what is wrong and what to do.
    """

    level: Level
    problem: Problem

    def to_json(self) -> dict[str, Any]:
        """The finding for programs; keys without a value are left out."""
        problem = self.problem
        found: dict[str, Any] = {
            "level": self.level,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "key": problem.where,
            "value": problem.value,
            "message": problem.message,
            "allowed": list(problem.allowed),
            "nearest": problem.nearest,
        }
        return {key: value for key, value in found.items() if value or key in ("level", "file", "message")}


def error(problem: Problem) -> Finding:
    """A finding with which no night should begin."""
    return Finding("error", problem)


def warning(problem: Problem) -> Finding:
    """A finding to know of."""
    return Finding("warning", problem)
