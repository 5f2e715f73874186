"""A contradiction between the keys of one table of a device config."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conflict:
    """Keys that do not go together.

    Attributes:
        at: the key to point at.
        message: what is wrong and what to do.
        keys: every key that the conclusion rests on; with one of them in doubt it is not drawn.
        allowed: legal values of `at`, when they can be listed.
    """

    at: str
    message: str
    keys: tuple[str, ...]
    allowed: tuple[str, ...] = ()
