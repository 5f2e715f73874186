"""Judging security_activate: a stronger policy is enforced at once, a weaker one refused (Security setup, class_id 64).

A policy can only be strengthened: what is activated stays. So the embedded meter is renewed before and after, and a
real one is strengthened only with the permission `leaves_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from conformance.device.model import AssociationSettings, Permission, Protection
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED, SecurityControl
from conformance.harness.judging import Withheld
from conformance.harness.openings import NOT_SERVED
from conformance.harness.trial import Step, Trial
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.accepted_protection import protected_at_least
from conformance.tester.association import Association, State
from conformance.tester.liveness import question
from conformance.tester.security_setup import SecuritySetup, security_setup_of, version_of
from conformance.tester.stimulus import raw
from conformance.tester.transfer import get

BOTH: Final = AUTHENTICATED | ENCRYPTED
_CARRIED: Final = {
    0: "that is in clear",
    AUTHENTICATED: "that is authenticated",
    ENCRYPTED: "that is encrypted",
    BOTH: "that is authenticated and encrypted",
}


def policy_of(version: int, control: int) -> int:
    """security_policy that demands the bits of `control` of every message both ways, in the coding of a version.

    Version 0 counts 1 authenticated, 2 encrypted, 3 both. Version 1 has bits: 2 and 3 authenticated and encrypted
    request, 5 and 6 authenticated and encrypted response.
    """
    strength = control >> 4
    return strength if version == 0 else strength << 2 | strength << 5


@dataclass(slots=True)
class PolicyChange:
    """A Security setup object whose policy is to be changed.

    Attributes:
        subtest: as it runs.
        settings: of the association; every request authenticated and encrypted, as any policy allows, none demanded.
        association: open.
        setup: the object.
        before: the policy that was found.
        wanted: the policy to be activated.
        in_force: the policy as far as the meter has said.
    """

    subtest: Trial
    settings: AssociationSettings
    association: Association
    setup: SecuritySetup
    before: int
    wanted: int
    in_force: int

    @property
    def weakens(self) -> bool:
        """Whether the wanted policy demands less, in any respect, than the one that was found."""
        return self.wanted & self.before != self.before

    def activate(self) -> None:
        """Activate the wanted policy, and read it back.

        Raises:
            Failed: it is refused, or another one is read afterwards.
        """
        with self.subtest.step(f"security_activate {self.wanted:02X} where {self.before:02X} is in force"):
            reaction = self.association.request(self.setup.security_activate(self.wanted))
            self.subtest.judge(reaction, method_succeeds(), association=self.association)
        self.in_force = self.wanted
        self._reads(self.wanted)

    def refuses(self, policy: int) -> None:
        """Ask for a weaker policy, see it refused and the one in force unchanged.

        Raises:
            Failed: it is taken.
        """
        with self.subtest.step(f"security_activate {policy:02X} where {self.in_force:02X} is in force"):
            reaction = self.association.request(self.setup.security_activate(policy))
            self.subtest.judge(reaction, method_fails(), association=self.association)
        self._reads(self.in_force)

    def enforces(self, control: int) -> None:
        """See that requests that carry less than `control` are refused, all others served, and replies carry as much.

        Raises:
            Failed: it is otherwise.
        """
        for carried in (item for item in _CARRIED if item & control != control):
            with self.subtest.step(f"a request {_CARRIED[carried]} is refused"):
                self._ask(carried, refused=True)
        for carried in (item for item in _CARRIED if item & control == control):
            with self.subtest.step(f"a request {_CARRIED[carried]} is served, in a response that carries as much"):
                self._ask(carried, refused=False, at_least=control)

    def _ask(self, control: int, *, refused: bool, at_least: int = 0) -> None:
        association = self._open()
        asked = question(association)
        octets = asked.octets
        if control:
            suite = self.settings.security_suite
            own = replace(SecurityControl.from_octet(control), suite=suite)
            octets = association.security.protect(octets, _form(self.subtest), control=own)
        reaction = association.request(raw(octets, f"{asked.name}, security control {control:02X}"))
        wanted = NOT_SERVED if refused else protected_at_least(at_least)
        self.subtest.judge(reaction, wanted, association=association)

    def _reads(self, policy: int) -> None:
        with self.subtest.step(f"security_policy reads {policy:02X}"):
            found = _policy(self.subtest, self._open(), self.setup)
            expected, observed = f"security_policy {policy:02X}", f"security_policy {found:02X}"
            self.subtest.check(found == policy, expected=expected, observed=observed)

    def _open(self) -> Association:
        """The open association, or a new one where a refusal has ended it."""
        if self.association.data_link.line.closed is not None or self.association.state is not State.ASSOCIATED:
            self.association.close()
            self.association = _established(self.subtest, self.settings)
        return self.association


@contextmanager
def policy_change(subtest: Trial, control: int) -> Iterator[PolicyChange]:
    """A Security setup object, ready to be given the policy that demands `control` of every message.

    The embedded meter begins with a policy that demands nothing, and has its own again afterwards. A real meter keeps
    what it was given: the standard knows no way back.

    Raises:
        Withheld: the policy would be strengthened in a real meter, without the permission to leave it so.
    """
    bench = subtest.bench
    if bench.renew(0):
        _note(subtest, "the embedded meter is renewed, with a policy that demands nothing")
    # What the policy in force demands is judged here; the declared one is not in force.
    settings = replace(subtest.settings, security_control=BOTH, security_policy=0)
    change: PolicyChange | None = None
    try:
        association = _established(subtest, settings)
        setup = security_setup_of(association)
        before = _policy(subtest, association, setup)
        wanted = policy_of(version_of(association, setup), control)
        change = PolicyChange(subtest, settings, association, setup, before, wanted, before)
        _check_permission(change)
        yield change
    finally:
        if bench.renew():
            _note(subtest, "the embedded meter is renewed, with the policy of the factory")
        elif change is not None:
            _tell_what_is_left(change)


def judge_activation(subtest: Trial, control: int) -> None:
    """The policy is activated and read back; where a stronger one is in force, it is refused.

    Raises:
        Failed: it is otherwise.
    """
    with policy_change(subtest, control) as change:
        if change.weakens:
            change.refuses(change.wanted)
        else:
            change.activate()


def judge_enforcement(subtest: Trial, control: int) -> None:
    """With the policy in force, requests that carry less are refused, all others served.

    Raises:
        Failed: it is otherwise.
        Inapplicable: another policy is in force that this one would weaken.
    """
    with policy_change(subtest, control) as change:
        if change.weakens:
            subtest.inapplicable(f"security_policy {change.before:02X} is in force, and cannot be weakened")
        change.activate()
        change.enforces(control)


def judge_no_way_back(subtest: Trial, control: int) -> None:
    """With the policy in force, one that demands less is refused, whichever.

    Raises:
        Failed: it is taken.
        Inapplicable: another policy is in force that this one would weaken.
    """
    with policy_change(subtest, control) as change:
        if change.weakens:
            subtest.inapplicable(f"security_policy {change.before:02X} is in force, and cannot be weakened")
        change.activate()
        version = version_of(change.association, change.setup)
        for weaker in (item for item in _CARRIED if item & control != control):
            change.refuses(policy_of(version, weaker))


def _check_permission(change: PolicyChange) -> None:
    device = change.subtest.bench.device
    strengthens = not change.weakens and change.wanted != change.before
    if device.embedded is None and strengthens and Permission.LEAVES_POLICY not in device.permissions:
        raise Withheld(
            f"needs the permission {Permission.LEAVES_POLICY.value}, which was not given: security_policy would go "
            f"from {change.before:02X} to {change.wanted:02X}, and the standard knows no way back"
        )


def _tell_what_is_left(change: PolicyChange) -> None:
    """Note for the record what policy a real meter has been left with."""
    if change.in_force == change.before:
        return
    subtest = change.subtest
    subtest.bench.notes.append(
        f"{subtest.bench.device.name}: {subtest.case.id} has left security_policy {change.in_force:02X} in force, "
        f"which was {change.before:02X}: the standard knows no way back; adapt the device config"
    )


def _established(subtest: Trial, settings: AssociationSettings) -> Association:
    association = subtest.another(settings=settings)
    association.establish()
    return association


def _policy(subtest: Trial, association: Association, setup: SecuritySetup) -> int:
    value = get(association, setup.security_policy)
    if not isinstance(value, Data) or value.type is not DataType.ENUM:
        subtest.inconclusive(f"{setup.security_policy} is not read: the meter gives {value}")
    policy: int = value.value
    return policy


def _form(subtest: Trial) -> Protection:
    """The form of the requests: the variant's, where a security control belongs to it and nothing else."""
    own = subtest.protection
    return own if own.ciphered and not own.signed else Protection.GLO


def _note(subtest: Trial, what: str) -> None:
    number = subtest.tape.next_number
    subtest.steps.append(Step(what, number, number - 1, passed=True, judges=False))
