"""What the security policy makes of an association's opening and of its requests."""

from conformance.device.model import Protection
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.security.control import SecurityControl
from conformance.harness.applicability import ciphered
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, judge_opening
from conformance.harness.protected_exchange import asking, judge_refused, judge_served, opened
from conformance.harness.security_applicability import policy_demands_protection, protected_initiate
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.accepted_protection import protected_at_least
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import question
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq

_TOO_WEAK = rejected(result=None, user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE) | tolerated(rejected(result=None))
_BOTH = 0x30
_BITS = (0x00, 0x10, 0x20, 0x30)
_NAMES = {0x00: "without any protection", 0x10: "authenticated", 0x20: "encrypted", 0x30: "authenticated, encrypted"}


def _control(subtest: Trial) -> SecurityControl:
    """The subtest's bits in the declared security suite."""
    bits = subtest.argument
    assert isinstance(bits, int)
    return SecurityControl.from_octet(bits | subtest.settings.security_suite)


def _sufficient(subtest: Trial) -> bool:
    return not (subtest.settings.security_policy << 4) & ~_control(subtest).octet


def _opening(subtest: Trial) -> None:
    stimulus = aarq(security_control=_control(subtest).octet)
    if not _sufficient(subtest):
        judge_opening(subtest, stimulus, _TOO_WEAK)
        return
    association = subtest.association
    reaction = association.open(stimulus)
    subtest.judge(reaction, accepted())
    answered = reaction.initiate_protected if isinstance(reaction, Reply) else None
    control = answered.security_control.octet & _BOTH if answered is not None else 0
    demanded = subtest.settings.security_policy << 4
    subtest.check(
        not demanded & ~control,
        expected=f"InitiateResponse under security control {demanded:02X} at least",
        observed=f"InitiateResponse under security control {control:02X}",
        reaction=reaction,
        path="aare.user-information",
    )


def _request(subtest: Trial) -> None:
    control = _control(subtest)
    demanded = subtest.settings.security_policy << 4
    for form in subtest.settings.protections:
        if not form.ciphered:
            continue
        with subtest.step(f"under {form.value}"):
            association = opened(subtest, form)
            octets = association.security.protect(asking(association), form, control=control)
            name = f"{form.value}, {_NAMES[control.octet & _BOTH]}"
            if _sufficient(subtest):
                reaction = judge_served(subtest, association, octets, name)
                subtest.judge(reaction, protected_at_least(demanded), association=association)
            else:
                judge_refused(subtest, association, octets, name)
            association.close()


def _clear_request(subtest: Trial) -> None:
    association = opened(subtest, subtest.protection)
    subtest.judge(association.request(question(association).under(Protection.NONE)), association=association)
    with subtest.step("the association serves on"):
        subtest.alive(association)


def _openings() -> tuple[Subtest, ...]:
    return tuple(
        Subtest(
            number,
            f"InitiateRequest {_NAMES[bits]}",
            procedure=f"sends the AARQ with the InitiateRequest under security control {bits:02X}",
            accepts=f"where the policy is content with it: AARE accepted, InitiateResponse as the policy demands; "
            f"otherwise: {_TOO_WEAK}, and nothing is served",
            applies=protected_initiate & (policy_demands_protection if bits == 0 else ciphered),
            argument=bits,
        )
        for number, bits in enumerate(_BITS, start=1)
    )


def _requests() -> tuple[Subtest, ...]:
    return tuple(
        Subtest(
            number,
            f"requests {_NAMES[bits]}",
            procedure=f"opens as declared, asks under security control {bits:02X} in each declared ciphering",
            accepts=f"where the policy is content with it: served, protected alike; otherwise: {NOT_SERVED}",
            applies=ciphered & policy_demands_protection if bits == 0 else ciphered,
            argument=bits,
        )
        for number, bits in enumerate(_BITS, start=6)
    )


@case(
    "X_SEC_POLICY",
    title="Security policy and security control",
    clause="IEC 62056-6-2, Security setup, security_policy; IEC 62056-5-3, security control",
    applies=ciphered,
)
@subtests(
    *_openings(),
    Subtest(
        5,
        "InitiateRequest in clear",
        aarq(initiate_protection=Protection.NONE.value),
        _TOO_WEAK,
        applies=protected_initiate & policy_demands_protection,
    ),
    *_requests(),
    Subtest(
        10,
        "a request in clear",
        procedure="opens as declared, asks in clear",
        expectation=NOT_SERVED,
        applies=policy_demands_protection,
    ),
)
def test_policy(subtest: Trial) -> None:
    """A meter refuses what is protected less than its policy demands, and takes what is protected as much or more.

    That holds for the InitiateRequest of the AARQ as for every request. What a ciphered APDU means whose security
    control names no protection at all is judged only where the policy demands some.
    """
    match subtest.number:
        case 5:
            judge_opening(subtest)
        case 10:
            _clear_request(subtest)
        case number if number < 5:
            _opening(subtest)
        case _:
            _request(subtest)
