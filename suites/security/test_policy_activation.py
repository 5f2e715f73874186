"""Security policy: activated, told, enforced at once, and never weakened.

The cases are called after suite 0 in the catalogue; in suites 1 and 2 the policy is coded in bits, and judged alike.
"""

from typing import Any

from conformance.device.model import Permission
from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import ciphered, logical_names, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.policy_change import judge_activation, judge_enforcement, judge_no_way_back
from conformance.harness.trial import Trial

_CLAUSE = "IEC 62056-6-2, Security setup, security_policy and security_activate"
_APPLIES = ciphered & logical_names & negotiates(ConformanceBit.ACTION, ConformanceBit.GET)


def _about(what: str, weaker: str) -> Any:
    return subtests(
        Subtest(
            1,
            "activation",
            procedure=f"activates the policy that demands {what} of every message; reads security_policy",
            accepts="success, and the policy is read back; where a stronger one is in force, refused and unchanged",
            permission=Permission.CHANGES_POLICY,
            argument=judge_activation,
        ),
        Subtest(
            2,
            "enforcement",
            procedure=f"activates it; asks {weaker}, then with all that protects as much or more",
            accepts="what carries less is refused, the rest served in responses that carry as much",
            permission=Permission.CHANGES_POLICY,
            argument=judge_enforcement,
        ),
        Subtest(
            3,
            "no way back",
            procedure="activates it; then each policy that demands less",
            accepts="refused, and the policy in force is read",
            permission=Permission.CHANGES_POLICY,
            argument=judge_no_way_back,
        ),
    )


@case("T_SYMSEC_0_SecPol_1", title="policy: authenticated", clause=_CLAUSE, applies=_APPLIES)
@_about("authentication", "in clear and encrypted only")
def test_secpol_1(subtest: Trial) -> None:
    """Once all messages are to be authenticated, a request without a tag is refused, and the policy stays.

    A policy can only be strengthened: the embedded meter is renewed before and after, and a real one is given a
    stronger policy with the permission leaves_policy only.
    """
    _judge(subtest, AUTHENTICATED)


@case("T_SYMSEC_0_SecPol_2", title="policy: encrypted", clause=_CLAUSE, applies=_APPLIES)
@_about("encryption", "in clear and authenticated only")
def test_secpol_2(subtest: Trial) -> None:
    """Once all messages are to be encrypted, a request that can be read is refused, and the policy stays.

    A policy can only be strengthened: the embedded meter is renewed before and after, and a real one is given a
    stronger policy with the permission leaves_policy only.
    """
    _judge(subtest, ENCRYPTED)


@case("T_SYMSEC_0_SecPol_3", title="policy: authenticated and encrypted", clause=_CLAUSE, applies=_APPLIES)
@_about("authentication and encryption", "in clear, authenticated only and encrypted only")
def test_secpol_3(subtest: Trial) -> None:
    """Once all messages are to be authenticated and encrypted, a request that lacks either is refused, and it stays so.

    A policy can only be strengthened: the embedded meter is renewed before and after, and a real one is given a
    stronger policy with the permission leaves_policy only.
    """
    _judge(subtest, AUTHENTICATED | ENCRYPTED)


def _judge(subtest: Trial, control: int) -> None:
    judge = subtest.argument
    assert callable(judge)
    judge(subtest, control)
