"""Connections: what ends with one, and what a second one has to do with the first."""

from collections.abc import Callable

from conformance.device.model import Profile
from conformance.dlms.acse.enumerations import AssociationResult
from conformance.harness.applicability import Claim, another_client, other_clients, over_a_stream, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED
from conformance.harness.serving import fresh_connection_serves, opens_and_serves
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.accepted_services import link_released, silence
from conformance.tester.association import Association, State
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.liveness import ALIVE, question
from conformance.tester.stimulus import Layer

_TURNS = 5
_PART = 12
_NOT_SERVED_THERE: Expectation = NOT_SERVED | link_released()
_SECOND: Expectation = (
    accepted() | link_released() | rejected(result=AssociationResult.REJECTED_TRANSIENT) | tolerated(silence())
)
"""To the AARQ on a second connection; a meter may also refuse the connection itself."""
_SERVED_OR_REFUSED = f"connection refused or: {_SECOND}"


def _reopened(subtest: Trial) -> None:
    opens_and_serves(subtest)
    association = subtest.association
    for turn in range(1, _TURNS + 1):
        with subtest.step(f"turn {turn}: closed without a word, opened again"):
            association.drop()
            association = subtest.another()
            opens_and_serves(subtest, association)


def _association_is_gone(subtest: Trial) -> None:
    opens_and_serves(subtest)
    subtest.association.drop()
    second = subtest.another()
    with subtest.step("a new connection: the question before any AARQ"):
        subtest.judge(second.request(question(second)), _NOT_SERVED_THERE)
    fresh_connection_serves(subtest, second)


def _closed_within_a_pdu(subtest: Trial) -> None:
    opens_and_serves(subtest)
    association = subtest.association
    association.notify(question(association).truncated(_PART, Layer.WRAPPER))
    fresh_connection_serves(subtest)


def _closed_before_the_reply(subtest: Trial) -> None:
    opens_and_serves(subtest)
    association = subtest.association
    association.notify(question(association))
    fresh_connection_serves(subtest)


def _same_client_beside(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    second = _second_connection(subtest, subtest.settings.name)
    with subtest.step("the first connection"):
        # Two connections of one client may be one too many: the meter may end the first in favour of the second.
        wanted = ALIVE if second is None else ALIVE | tolerated(_NOT_SERVED_THERE)
        subtest.judge(first.request(question(first)), wanted, association=first)
    if second is not None:
        with subtest.step("the second connection"):
            subtest.alive(second)
            second.drop()
    fresh_connection_serves(subtest, first)


def _other_client_beside(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    name = other_clients(Claim(subtest.bench.device, subtest.settings, subtest.protection))[0].name
    second = _second_connection(subtest, name)
    with subtest.step("the first connection"):
        subtest.alive(first)
    if second is None:
        fresh_connection_serves(subtest, first)
        return
    with subtest.step("requests on both before either reply is read"):
        for association in (first, second):
            association.notify(question(association))
        for association in (first, second):
            subtest.judge(association.receive(), ALIVE, association=association)
    with subtest.step("the second is closed without a word: the first is served as before"):
        second.drop()
        subtest.alive(first)


def _association_is_not_shared(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    second = subtest.another()
    with subtest.step("a second connection: the question before any AARQ"):
        try:
            reaction = second.request(question(second))
        except LinkError as refused:
            subtest.check(True, expected=str(_NOT_SERVED_THERE), observed=f"connection refused: {refused}")
        else:
            subtest.judge(reaction, _NOT_SERVED_THERE, association=second)
    with subtest.step("the second is closed without a word: the first is served as before"):
        second.drop()
        subtest.alive(first)


def _beside_a_partial_pdu(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    second = _second_connection(subtest, subtest.settings.name)
    if second is None:
        subtest.inapplicable("the meter takes one connection at a time")
    with subtest.step("the first connection sends a part of a request, the second a whole one"):
        first.notify(question(first).truncated(_PART, Layer.WRAPPER))
        subtest.alive(second)
    second.drop()
    fresh_connection_serves(subtest, first)


@case(
    "X_WRAPPER_RECONNECT",
    title="Connections that end and connections beside one another",
    clause="IEC 62056-47, COSEM TCP-based transport layer, TCP connection management",
    applies=profile(Profile.WRAPPER) & over_a_stream,
    scope=Scope.LOGICAL_DEVICE,
)
@subtests(
    Subtest(
        1,
        "closed without a word, opened again at once",
        procedure=f"opens as declared, closes the connection, opens on a new one, {_TURNS} times without a pause",
        accepts="each time the association as declared, and the logical_name",
        argument=_reopened,
    ),
    Subtest(
        2,
        "the association ends with its connection",
        procedure="opens as declared, closes the connection, asks for the logical_name on a new one",
        accepts=f"{_NOT_SERVED_THERE}; then the association as declared",
        argument=_association_is_gone,
    ),
    Subtest(
        3,
        "closed within a PDU",
        procedure=f"sends {_PART} octets of a request, closes the connection, opens on a new one",
        accepts="the association as declared, and the logical_name",
        argument=_closed_within_a_pdu,
    ),
    Subtest(
        4,
        "closed before the reply",
        procedure="sends a request, closes the connection at once, opens on a new one",
        accepts="the association as declared, and the logical_name",
        argument=_closed_before_the_reply,
    ),
    Subtest(
        5,
        "the same client on a second connection",
        procedure="opens as declared on a second connection while the first is associated; asks on both",
        accepts=f"{_SERVED_OR_REFUSED}; the first is served as before, or ended in favour of the second (tolerated)",
        argument=_same_client_beside,
    ),
    Subtest(
        6,
        "another client on a second connection",
        procedure="another client opens as declared on a second connection; both ask at the same time; it closes",
        accepts=f"{_SERVED_OR_REFUSED}; the first is served as before, each by its own association",
        applies=another_client,
        argument=_other_client_beside,
    ),
    Subtest(
        7,
        "the association belongs to one connection",
        procedure="opens as declared; the same client asks for the logical_name on a second connection",
        accepts=f"{_NOT_SERVED_THERE}; the first is served as before",
        argument=_association_is_not_shared,
    ),
    Subtest(
        8,
        "a PDU on one of two connections is not whole",
        procedure=f"opens as declared on two connections; {_PART} octets of a request on the first, one on the second",
        accepts="the second is served as before",
        argument=_beside_a_partial_pdu,
    ),
)
def test_wrapper_reconnect(subtest: Trial) -> None:
    """An association ends with its TCP connection, however that ends, and has nothing to do with any other connection.

    No meter has to take two connections at a time: one that refuses the second must serve the first as before.
    """
    procedure: object = subtest.argument
    assert isinstance(procedure, Callable)
    procedure(subtest)


def _second_connection(subtest: Trial, name: str) -> Association | None:
    """An association on a second connection, judged; None when the meter cleanly refuses it."""
    second = subtest.another(name)
    with subtest.step(f"{name} on a second connection"):
        try:
            reaction = second.open()
        except LinkError as refused:
            subtest.check(True, expected=_SERVED_OR_REFUSED, observed=f"connection refused: {refused}")
            return None
        subtest.judge(reaction, _SECOND, association=second)
        if second.state is State.IDLE:
            second.drop()
            return None
        if second.state is State.AUTHENTICATION_PENDING:
            answer = second.authenticate()
            fault = second.pass4_fault(answer)
            words = "pass 4 with the right f(CtoS)"
            subtest.check(fault is None, expected=words, observed=fault or words, reaction=answer)
    return second
