"""One fault that the embedded meter can be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Defect:
    """A small, realistic fault.

    Attributes:
        name: in kebab-case; what it is switched on by.
        title: what the meter does wrong, in a sentence.
        cases: identifiers of the cases that must catch it.
        source: where such a fault comes from: seen in the field, or the slip of a programmer that makes it.
        profile: the communication profile that it shows in; None: in any.
        datagrams: it shows where the wrapper goes over UDP only.
        mode_e: it shows where the line is opened by IEC 62056-21 mode E only.
        addressing: octets of the HDLC server addresses that the meter must be declared with for it to show; empty: any.
        security_suites: it shows in a meter of these security suites only; empty: in any.
        device_config: name of the shipped device config whose meter it shows in; empty: the one that is qualified.
        association: of that device config, in which it shows; empty: each.
    """

    name: str
    title: str
    cases: tuple[str, ...]
    source: str
    profile: Literal["hdlc", "wrapper"] | None = None
    datagrams: bool = False
    mode_e: bool = False
    addressing: tuple[int, ...] = ()
    security_suites: tuple[int, ...] = ()
    device_config: str = ""
    association: str = ""


def table(*defects: Defect) -> Mapping[str, Defect]:
    """The defects by name.

    Raises:
        ValueError: a name is there twice.
    """
    named = {defect.name: defect for defect in defects}
    if len(named) != len(defects):
        raise ValueError("two defects have one name")
    return MappingProxyType(named)
