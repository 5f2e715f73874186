"""Spans of time that a command may be told."""

from __future__ import annotations

from conformance.commands.problems import UsageProblem
from conformance.record.duration import parse_duration


def span(option: str, text: str) -> float:
    """The seconds of an option such as `45m`.

    Raises:
        UsageProblem: it is no span of time.
    """
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageProblem(f"{option}: {error}") from None
