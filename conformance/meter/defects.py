"""placeholder"""

from __future__ import annotations

from collections.abc import Iterable


def checked(names: Iterable[str]) -> frozenset[str]:
    """Names."""
    return frozenset(names)


DEFECTS: dict = {}
