"""One fault that the embedded meter can be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Defect:
    """A small, realistic fault.

    Attributes:
        name: in kebab-case; what it is switched on by.
        title: what the meter does wrong, in a sentence.
        cases: identifiers of the cases that must catch it.
        source: where such a fault comes from: seen in the field, or the slip of a programmer that makes it.
    """

    name: str
    title: str
    cases: tuple[str, ...]
    source: str


def table(*defects: Defect) -> Mapping[str, Defect]:
    """The defects by name.

    Raises:
        ValueError: a name is there twice.
    """
    named = {defect.name: defect for defect in defects}
    if len(named) != len(defects):
        raise ValueError("two defects have one name")
    return MappingProxyType(named)
