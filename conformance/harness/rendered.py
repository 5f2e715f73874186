"""The octets of a declared stimulus, made without a meter: for `explain`, and to check stimuli beforehand."""

from __future__ import annotations

from conformance.device.model import Device
from conformance.dlms.alteration import AlterationError
from conformance.harness.case import Case, Subtest
from conformance.harness.slot import slots
from conformance.tester.rendering import render
from conformance.tester.security import ClientSecurity, NotDeclared

_CHALLENGE = bytes(range(1, 65))


def rendered_octets(case: Case, subtest: Subtest, device: Device) -> str:
    """The stimulus of `subtest` in hexadecimal, as the first association that it applies to sends it.

    Empty for procedures, and where no association of the device takes the subtest. Challenges count up from 01; the
    invocation counter is 1.
    """
    if subtest.stimulus is None:
        return ""
    for slot in slots(case, [device]):
        if slot.subtest is not subtest or slot.inapplicable is not None:
            continue
        security = ClientSecurity(slot.association, lambda: 1)
        security.renew_dedicated_key(bytes(16) if slot.protection.dedicated else None)
        try:
            rendered = render(
                subtest.stimulus, security, slot.protection, _CHALLENGE[: slot.association.challenge_octets]
            )
        except (AlterationError, NotDeclared) as error:
            return f"({slot.association.name}: {error})"
        return rendered.octets.hex().upper()
    return ""
