"""System titles of client and meter: each names one party, and with it that party's nonces."""

from conformance.device.model import Permission
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
from conformance.tester.told_counter import HIGHEST_FOLLOWED

_NOT_RECOGNISED: Expectation = (
    rejected(result=None, user=ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
    | rejected(result=None, user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    | tolerated(rejected(result=None))
)
_FLAG_OCTETS = 3
_FAR_AHEAD = 1 << 24
"""So many replies the meter must send before it comes to the nonce that was sent in its name."""


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


def _as_the_meter(subtest: Trial) -> None:
    """Open under the meter's own title, with a counter that makes no nonce of the meter's."""
    if not subtest.settings.ciphered:
        _refused_as(subtest, _title_of_server(subtest))
        return
    first = subtest.another()
    reaction = first.open()
    subtest.judge(reaction, accepted(), association=first)
    answered = reaction.initiate_protected if isinstance(reaction, Reply) else None
    reached = answered.invocation_counter if answered is not None else 0
    title = first.security.server_title
    first.close()
    association = subtest.another()
    security = association.security
    counter = max(reached, security.next_counter(dedicated=False)) + _FAR_AHEAD
    if counter > HIGHEST_FOLLOWED:
        subtest.inconclusive(f"counter {counter:08X}: no nonces are left that neither side comes to")
    own = security.client_title
    with subtest.bench.counters_put_back():
        security.client_title = title
        reaction = association.open(aarq(invocation_counter=counter))
        # What follows is sent in the client's own name again.
        security.client_title = own
        if association.state is not State.IDLE:
            # A meter that has taken this counter takes no lower one any more.
            security.told_counter(counter + 1)
        subtest.judge(reaction, association=association)
        nothing_served(subtest, association)


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
        procedure="opens under the meter's own system title, in the AARQ and in the nonce, with a counter far ahead",
        expectation=_NOT_RECOGNISED,
        permission=Permission.MAY_LOCK_OUT,
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

    Two parties with one title share their nonces under one key, which breaks AES-GCM: what is sent in the meter's name
    has a counter that the meter will not come to. A meter that takes it takes no lower one afterwards. Whether a meter
    knows its clients by their titles is its own choice: what it accepts, it must then use.
    """
    match subtest.number:
        case 1:
            _as_the_meter(subtest)
        case 2:
            _refused_as(subtest, bytes(8))
        case 3:
            _unregistered(subtest)
        case _:
            _own_title(subtest)
