"""The octets of a declared stimulus, made without a meter: for `explain`, and to check stimuli beforehand."""

from __future__ import annotations

from conformance.device.model import Device, Profile
from conformance.dlms.alteration import AlterationError
from conformance.dlms.wrapper import WrapperPdu
from conformance.harness.case import Case, Subtest
from conformance.harness.slot import slots
from conformance.tester.data_link.wrapper import altered_pdu
from conformance.tester.frame_rendering import Addresses, render_frame
from conformance.tester.not_declared import NotDeclared
from conformance.tester.rendering import render
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Layer, Stimulus, Template

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
        if subtest.stimulus.template in (Template.FRAME, Template.LINE):
            return _frame(subtest.stimulus, Addresses.of(device, slot.association), slot.association.name)
        security = ClientSecurity(slot.association, lambda: 1)
        security.renew_dedicated_key(bytes(16) if slot.protection.dedicated else None)
        try:
            rendered = render(
                subtest.stimulus, security, slot.protection, _CHALLENGE[: slot.association.challenge_octets]
            )
        except (AlterationError, NotDeclared) as error:
            return f"({slot.association.name}: {error})"
        changes = subtest.stimulus.at(Layer.WRAPPER)
        if not changes or device.profile is not Profile.WRAPPER:
            return rendered.octets.hex().upper()
        pdu = WrapperPdu(slot.association.client_sap, slot.association.logical_device, rendered.octets)
        return altered_pdu(pdu, changes).hex().upper()
    return ""


def _frame(stimulus: Stimulus, addresses: Addresses, association: str) -> str:
    try:
        return render_frame(stimulus, addresses).hex().upper()
    except AlterationError as error:
        return f"({association}: {error})"
