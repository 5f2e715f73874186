"""The server's challenge: what a client can tell of its randomness."""

from conformance.dlms.acse.enumerations import Mechanism
from conformance.harness.applicability import mechanism
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.randomness import FEWEST_CHALLENGES, LEAST_BITS, judge
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.association import Association

_ASSOCIATIONS = FEWEST_CHALLENGES
_LEGAL_OCTETS = range(8, 65)
_PATH = "aare.responding-authentication-value"
_ACCEPTS = (
    "StoC of 8 to 64 octets, never CtoS, never one of before; "
    f"at least {LEAST_BITS} bits of it vary and are independent; no octet follows from the one before it"
)


def _fresh_links(subtest: Trial) -> list[bytes]:
    challenges = []
    for _ in range(_ASSOCIATIONS):
        association = subtest.another()
        challenges.append(_challenge(subtest, association))
        association.close()
    return challenges


def _one_link(subtest: Trial) -> list[bytes]:
    association = subtest.association
    challenges = []
    for _ in range(_ASSOCIATIONS):
        challenges.append(_challenge(subtest, association))
        association.release()
    return challenges


@case(
    "X_APPL_CHALLENGE",
    title=f"Randomness of the server's challenge over {_ASSOCIATIONS} associations",
    clause="IEC 62056-5-3, high level security (HLS) authentication",
    applies=mechanism(Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_GMAC, Mechanism.HLS_SHA256),
    negative=False,
)
@subtests(
    Subtest(
        1,
        "associations on links of their own",
        procedure=f"{_ASSOCIATIONS} times: a fresh link, opens as declared, closes the link",
        accepts=_ACCEPTS,
        argument=_fresh_links,
    ),
    Subtest(
        2,
        "associations on one link",
        procedure=f"{_ASSOCIATIONS} times on one link: opens as declared, releases",
        accepts=_ACCEPTS,
        argument=_one_link,
    ),
)
def test_appl_challenge(subtest: Trial) -> None:
    """The server's challenge cannot be foreseen: it is long enough, never repeats, and its octets are independent.

    Some dozens of challenges prove no randomness; what is told is what weak generators of real servers leave behind.
    The thresholds are such that a sound generator fails by chance in fewer than one of 10^9 runs. Passes 3 and 4
    complete each association, so that a meter does not count it as a failed one.
    """
    draw = subtest.argument
    assert callable(draw)
    with subtest.step(f"{_ASSOCIATIONS} associations"):
        challenges: list[bytes] = draw(subtest)
    for finding in judge(challenges):
        with subtest.step(finding.expected):
            subtest.check(finding.passed, expected=finding.expected, observed=finding.observed, path=_PATH)


def _challenge(subtest: Trial, association: Association) -> bytes:
    """StoC of one association, which is completed."""
    reaction = association.open()
    subtest.judge(reaction, accepted(), association=association)
    challenge = association.server_challenge
    subtest.check(
        len(challenge) in _LEGAL_OCTETS,
        expected="StoC of 8 to 64 octets",
        observed=f"StoC of {len(challenge)} octets",
        reaction=reaction,
        path=_PATH,
    )
    same = challenge == association.client_challenge
    subtest.check(
        not same,
        expected="a StoC of the server's own",
        observed="StoC is CtoS" if same else "StoC is not CtoS",
        reaction=reaction,
        path=_PATH,
    )
    association.authenticate()
    return challenge
