"""System titles of client and meter: each names one party, and with it that party's nonces."""

from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.harness.applicability import system_title_needed
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening, nothing_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.association import State
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq

_NOT_RECOGNISED: Expectation = (
    rejected(result=None, user=ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
    | rejected(result=None, user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    | tolerated(rejected(result=None))
)
_FLAG_OCTETS = 3


def _title_of_server(subtest: Trial) -> bytes:
    """The meter's own title, as declared or as its AARE says."""
    declared = subtest.settings.server_system_title
    if declared is not None:
        return declared
    association = subtest.another()
    association.open()
    title = association.security.server_title
    association.close()
    if not title:
        subtest.inconclusive("the meter's system title is neither declared nor in its AARE")
    return title


def _refused_as(subtest: Trial, title: bytes) -> None:
    """Open under `title`, in the AARQ and in the nonce; judge that it is refused."""
    association = subtest.another()
    association.security.client_title = title
    judge_opening(subtest, aarq(), association=association)


def _unregistered(subtest: Trial) -> None:
    association = subtest.another()
    own = association.security.client_title
    association.security.client_title = own[:_FLAG_OCTETS] + subtest.random.randbytes(len(own) - _FLAG_OCTETS)
    reaction = association.open()
    subtest.judge(reaction, accepted() | _NOT_RECOGNISED, association=association)
    if association.state is State.IDLE:
        nothing_served(subtest, association)
        return
    # A meter that takes any title goes on with this one: in its answers to challenges and in every nonce.
    if association.state is State.AUTHENTICATION_PENDING:
        answer = association.authenticate()
        fault = association.pass4_fault(answer)
        subtest.check(
            fault is None,
            expected="pass 4 with the right f(CtoS), as the title was accepted",
            observed=fault or "f(CtoS) is right",
            reaction=answer,
        )
    subtest.alive(association)


def _own_title(subtest: Trial) -> None:
    association = subtest.association
    reaction = association.open()
    aare = reaction.value if isinstance(reaction, Reply) else None
    if not isinstance(aare, Aare):
        subtest.judge(reaction, accepted(), association=association)
        return
    title = aare.responding_ap_title or b""
    told = title.hex().upper() or "absent"
    for fact, expected in (
        (len(title) == 8, "a responding-AP-title of 8 octets"),
        (any(title), "a responding-AP-title that is not all zero"),
        (title != association.security.client_title, "a responding-AP-title other than the client's"),
    ):
        observed = f"responding-AP-title {told}"
        subtest.check(fact, expected=expected, observed=observed, reaction=reaction, path="aare.responding-AP-title")
    subtest.judge(reaction, accepted(), association=association)


@case(
    "X_SEC_TITLE",
    title="System titles",
    clause="IEC 62056-5-3, system title; AARQ, calling-AP-title",
    applies=system_title_needed,
)
@subtests(
    Subtest(
        1,
        "the meter's title as the client's",
        procedure="opens under the meter's own system title, in the AARQ and in the nonce",
        expectation=_NOT_RECOGNISED,
    ),
    Subtest(
        2,
        "a title of zeros",
        procedure="opens under a system title of eight zeros, in the AARQ and in the nonce",
        expectation=_NOT_RECOGNISED,
    ),
    Subtest(
        3,
        "a title that the meter does not know",
        procedure="opens under another system title of the same maker, with the right keys",
        accepts=f"{_NOT_RECOGNISED}, and nothing served; or accepted, passes 3 and 4 included, and served under it",
    ),
    Subtest(
        4,
        "the meter's own title",
        procedure="opens as declared",
        accepts="a responding-AP-title of 8 octets, not all zero, not the client's, and as declared",
    ),
)
def test_title(subtest: Trial) -> None:
    """A meter has a system title of its own, and takes none from a client that names the meter itself, or nobody.

    Two parties with one title share their nonces under one key, which breaks AES-GCM. Whether a meter knows its clients
    by their titles is its own choice: what it accepts, it must then use.
    """
    match subtest.number:
        case 1:
            _refused_as(subtest, _title_of_server(subtest))
        case 2:
            _refused_as(subtest, bytes(8))
        case 3:
            _unregistered(subtest)
        case _:
            _own_title(subtest)
