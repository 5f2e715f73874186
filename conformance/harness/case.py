"""Cases and subtests as data: what the suites declare, and what `list`, `explain` and the reports print."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from conformance.device.model import Device, Permission
from conformance.harness.applicability import Condition, always
from conformance.tester.expectation import Expectation
from conformance.tester.stimulus import Stimulus

_IDENTIFIER = re.compile(r"(T_(HDLC|APPL|COSEM|SYMSEC_0)_[A-Za-z0-9_]+|X_[A-Z0-9_]+)")
ATTRIBUTE = "dlms_case"
"""Name of the attribute by which a test function carries its case."""

_TURNS = {Permission.CHANGES_KEYS: 1, Permission.CHANGES_POLICY: 2, Permission.LEAVES_POLICY: 2}
"""Cases with a subtest of these permissions run after all others, in this order."""
_LAST = 1 + max(_TURNS.values())

Function = TypeVar("Function", bound=Callable[..., object])


class DeclarationError(Exception):
    """A case that is declared wrongly: a fault of the suite, told when it is imported."""


class Variants(Enum):
    """How often a case runs in one association."""

    ONE = "once, under the first declared protection"
    EACH_PROTECTION = "once for each declared protection"


class Scope(Enum):
    """What a case runs once in; what it judges is the same in all associations of it."""

    ASSOCIATION = "in each association"
    LOGICAL_DEVICE = "for each logical device, in its least demanding association"
    DEVICE = "for the device, in its least demanding association"


@dataclass(frozen=True, slots=True)
class Subtest:
    """One judged step of a case.

    Attributes:
        number: unique within the case, from 1.
        title: what is special about it, in a few words.
        stimulus: what is sent; None for procedures, which say in `procedure` what they do.
        expectation: the accepted reactions; None where the case's function judges with one of its own.
        procedure: what a procedure does, in one sentence.
        accepts: what a procedure accepts, in words.
        applies: over the device config; rules the subtest out with a reason.
        permission: how intrusive it is.
        argument: whatever the case's function needs beside.
        waits: how long it must wait with a device, in seconds, beside the answers that it waits for; None: not at all.
    """

    number: int
    title: str
    stimulus: Stimulus | None = None
    expectation: Expectation | None = None
    procedure: str = ""
    accepts: str = ""
    applies: Condition = always
    permission: Permission = Permission.READS
    argument: object = None
    waits: Callable[[Device], float | None] | None = None

    @property
    def expected(self) -> str:
        """The accepted reactions, in words."""
        return str(self.expectation) if self.expectation is not None else self.accepts

    def wait_s(self, device: Device) -> float:
        """How long it must wait with a device, in seconds, as far as that is known beforehand."""
        return (self.waits(device) if self.waits is not None else None) or 0.0

    @property
    def sent(self) -> str:
        """The stimulus, in words."""
        return str(self.stimulus) if self.stimulus is not None else self.procedure


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the catalogue.

    Attributes:
        id: as industry reports have it (`T_…`), or our own (`X_…`).
        title: what it is about.
        clause: of the standard.
        requirement: in one sentence, the first line of the function's docstring.
        purpose: the rest of the docstring.
        group: the suite's folder.
        applies: over the device config; rules out the whole case with a reason.
        variants: how often it runs in one association.
        scope: in how many associations it runs.
        negative: whether it sends what a meter must refuse; liveness is checked after each subtest.
        last: it runs after everything else on a device: it judges what all the others have left behind.
        subtests: in the order of their numbers.
    """

    id: str
    title: str
    clause: str
    requirement: str = ""
    purpose: str = ""
    group: str = ""
    applies: Condition = always
    variants: Variants = Variants.ONE
    scope: Scope = Scope.ASSOCIATION
    negative: bool = True
    last: bool = False
    subtests: tuple[Subtest, ...] = ()

    @property
    def turn(self) -> int:
        """When its time comes on a device: 0 with its group, later ones after all groups, the hardest to undo last."""
        if self.last:
            return _LAST
        return max((_TURNS.get(item.permission, 0) for item in self.subtests), default=0)

    @property
    def runs(self) -> str:
        """How often and where it runs, in words."""
        return f"{self.variants.value}; {self.scope.value}"


def case(
    identifier: str,
    *,
    title: str,
    clause: str,
    applies: Condition = always,
    variants: Variants = Variants.ONE,
    scope: Scope = Scope.ASSOCIATION,
    negative: bool = True,
    last: bool = False,
) -> Callable[[Function], Function]:
    """Declare the test function below as a case; its subtests come from `subtests` beneath this decorator.

    Raises:
        DeclarationError: an identifier of no known form, no docstring, no subtests.
    """

    def declare(function: Function) -> Function:
        if not _IDENTIFIER.fullmatch(identifier):
            raise DeclarationError(
                f"case {identifier!r}: identifiers are T_HDLC_…, T_APPL_…, T_COSEM_…, T_SYMSEC_0_… or X_…"
            )
        partial: Case | None = getattr(function, ATTRIBUTE, None)
        if partial is None or not partial.subtests:
            raise DeclarationError(f"case {identifier}: @subtests with at least one subtest is missing below @case")
        requirement, _, purpose = (function.__doc__ or "").strip().partition("\n")
        if not requirement:
            raise DeclarationError(f"case {identifier}: the requirement is missing (first line of the docstring)")
        declared = replace(
            partial,
            id=identifier,
            title=title,
            clause=clause,
            requirement=requirement.strip(),
            purpose=" ".join(purpose.split()),
            group=function.__module__.split(".")[-2] if "." in function.__module__ else "",
            applies=applies,
            variants=variants,
            scope=scope,
            negative=negative,
            last=last,
        )
        setattr(function, ATTRIBUTE, declared)
        return function

    return declare


def subtests(*declared: Subtest) -> Callable[[Function], Function]:
    """Give the test function below its subtests.

    Raises:
        DeclarationError: a number twice or out of order, or neither expectation nor words for what is accepted.
    """
    numbers = [item.number for item in declared]
    if numbers != sorted(set(numbers)):
        raise DeclarationError(f"subtests numbered {numbers}: numbers must be unique and ascending")
    for item in declared:
        if not item.expected or not item.sent:
            raise DeclarationError(f"subtest {item.number} ({item.title}): say what is sent and what is accepted")

    def declare(function: Function) -> Function:
        setattr(function, ATTRIBUTE, Case("", "", "", subtests=declared))
        return function

    return declare
