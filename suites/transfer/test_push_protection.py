"""How what a meter pushes is protected."""

from conformance.device.model import Protection, PushSetup
from conformance.dlms.security import general_ciphering
from conformance.dlms.security.ciphered import GENERAL_DED_CIPHERING, GENERAL_GLO_CIPHERING
from conformance.dlms.xdlms.notification import TAG as DATA_NOTIFICATION
from conformance.harness.case import case, subtests
from conformance.harness.push_trials import (
    CLAUSE,
    ear,
    over_each_transport,
    push_and_hear,
    pushes,
    setups_of,
    transport_of,
)
from conformance.harness.trial import Trial
from conformance.tester.push_ear import Heard, PushEar
from conformance.tester.reaction import Reply

_TAGS = {
    Protection.NONE: DATA_NOTIFICATION,
    Protection.GENERAL_GLO: GENERAL_GLO_CIPHERING,
    Protection.GENERAL_DED: GENERAL_DED_CIPHERING,
    Protection.GENERAL_CIPHERING: general_ciphering.TAG,
}


@case("X_PUSH_P3", title="A data-notification is protected as declared", clause=CLAUSE, applies=pushes())
@subtests(
    *over_each_transport(
        "invokes push() twice",
        "data-notifications in the declared form, under its key, with the meter's title, counters that rise and that "
        "no reply has used",
    )
)
def test_push_protection(subtest: Trial) -> None:
    """A data-notification is protected as declared, under a nonce that nothing else was protected with."""
    for setup in setups_of(subtest, transport_of(subtest)):
        with ear(subtest, setup) as listening:
            made = [push_and_hear(subtest, listening, setup).heard[0] for _ in range(2)]
            for heard in made:
                _judge_protection(subtest, setup, listening, heard)
            if setup.protection is not Protection.NONE:
                _judge_counters(subtest, made)


def _judge_protection(subtest: Trial, setup: PushSetup, listening: PushEar, heard: Heard) -> None:
    reply = heard.reaction
    assert isinstance(reply, Reply)
    tag, wanted = reply.apdu[0], _TAGS[setup.protection]
    subtest.check(
        tag == wanted,
        expected=f"protection {setup.protection.value}: tag {wanted:02X}",
        observed=f"an APDU with tag {tag:02X}",
        reaction=reply,
    )
    protected = reply.protected
    if setup.protection is Protection.NONE or protected is None:
        return
    subtest.check(
        protected.error is None and heard.notification is not None,
        expected="a data-notification under the declared key",
        observed=f"it does not open: {protected.error}" if protected.error else "it holds no data-notification",
        reaction=reply,
    )
    control = listening.association.security.security_control
    subtest.check(
        protected.security_control.octet & 0x30 >= control.octet & 0x30
        and protected.security_control.suite == control.suite,
        expected=f"security control {control.octet:02X}, as declared",
        observed=f"security control {protected.security_control.octet:02X}",
        reaction=reply,
    )
    title = listening.association.security.server_title
    carried = protected.system_title
    subtest.check(
        carried == title or (not carried and setup.transport == "own-line"),
        expected=f"the meter's system title {title.hex().upper()}",
        observed=f"system title {(carried or b'').hex().upper() or 'of no octets'}",
        reaction=reply,
    )


def _judge_counters(subtest: Trial, made: list[Heard]) -> None:
    """No nonce of the meter comes twice, and that of pushes under one key rises."""
    spent: dict[tuple[str, str, int], int] = {}
    for frame in subtest.tape.frames:
        nonces = frame.security.nonces if frame.direction == "S>C" and frame.security is not None else ()
        for nonce in nonces:
            key = (nonce.key, nonce.system_title, nonce.invocation_counter)
            subtest.check(
                key not in spent,
                expected="an invocation counter that the meter has used for nothing else",
                observed=f"invocation counter {nonce.invocation_counter} in frames {spent.get(key)} and {frame.number}",
            )
            spent[key] = frame.number
    protections = [item.reaction.protected for item in made if isinstance(item.reaction, Reply)]
    nonces = [item.nonce for item in protections if item is not None]
    first, second = nonces[0], nonces[-1]
    if first is not None and second is not None and first.key == second.key:
        subtest.check(
            first.invocation_counter < second.invocation_counter,
            expected="an invocation counter that rises from push to push",
            observed=f"invocation counter {first.invocation_counter}, then {second.invocation_counter}",
            reaction=made[-1].reaction,
        )
