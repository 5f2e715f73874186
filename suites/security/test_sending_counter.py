"""Invocation counters of the meter: what it protects it protects under a counter that it never had before."""

from conformance.harness.applicability import ciphered
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.security_applicability import lasting_key
from conformance.harness.sending_counters import SentCounter, counters_of, little_endian, order_fault, swapped
from conformance.harness.trial import Trial
from conformance.tester.association import Association, State
from conformance.tester.liveness import ALIVE, question

_REPLIES = 20
_ASSOCIATIONS = 4
_REPLIES_EACH = 5
_SHOWN = 4


def _opened(subtest: Trial, association: Association) -> list[SentCounter]:
    """The counters of AARE and pass 4."""
    reaction = association.open()
    found = counters_of(reaction)
    if association.state is State.AUTHENTICATION_PENDING:
        found += counters_of(association.authenticate())
    if association.state is not State.ASSOCIATED:
        subtest.inconclusive("the association does not open as declared")
    return found


def _served(subtest: Trial, association: Association, replies: int) -> list[SentCounter]:
    """The counters of so many replies."""
    found: list[SentCounter] = []
    for _ in range(replies):
        reaction = association.request(question(association))
        subtest.judge(reaction, ALIVE, association=association)
        carried = counters_of(reaction)
        subtest.check(
            len(carried) == 1,
            expected="a reply with an invocation counter",
            observed=f"{len(carried)} invocation counters in the reply",
            reaction=reaction,
        )
        found += carried
    return found


def _judge_order(subtest: Trial, counters: list[SentCounter], key: str) -> None:
    if not counters:
        return
    values = [counter.value for counter in counters]
    fault = order_fault(values)
    subtest.check(
        fault is None,
        expected=f"invocation counters under the {key} key that increase strictly",
        observed=fault or f"{len(values)} under the {key} key, from {values[0]} to {values[-1]}",
        reaction=counters[-1].reaction,
    )


def _split(counters: list[SentCounter]) -> tuple[list[SentCounter], list[SentCounter]]:
    """Those under the global key, and those under the dedicated key."""
    return [item for item in counters if not item.dedicated], [item for item in counters if item.dedicated]


def _within_an_association(subtest: Trial) -> None:
    association = subtest.association
    _opened(subtest, association)
    for key, counters in zip(("global", "dedicated"), _split(_served(subtest, association, _REPLIES)), strict=True):
        _judge_order(subtest, counters, key)


def _over_associations(subtest: Trial) -> None:
    under_global: list[SentCounter] = []
    for number in range(1, _ASSOCIATIONS + 1):
        with subtest.step(f"association {number}"):
            association = subtest.another()
            opened = _opened(subtest, association)
            globally, dedicated = _split(opened + _served(subtest, association, _REPLIES_EACH))
            under_global += globally
            # A dedicated key dies with its association, and its counter with it.
            _judge_order(subtest, dedicated, "dedicated")
            _judge_order(subtest, under_global, "global")
            association.release()
            association.close()
    if not under_global:
        subtest.inconclusive("no reply is protected under the global key")


def _octet_order(subtest: Trial) -> None:
    association = subtest.association
    opened = _opened(subtest, association)
    for key, counters in zip(
        ("global", "dedicated"), _split(opened + _served(subtest, association, _REPLIES)), strict=True
    ):
        if not counters:
            continue
        values = [counter.value for counter in counters]
        wrong = little_endian(values)
        shown = ", ".join(f"{value:08X}" for value in values[:_SHOWN])
        meant = ", ".join(str(value) for value in swapped(values)[:_SHOWN])
        told = f"{shown} …: low octet first (little-endian), they count {meant} …" if wrong else f"{shown} …"
        subtest.check(
            not wrong,
            expected="an Unsigned32, high octet first",
            observed=f"octets of the invocation counters under the {key} key: {told}",
            reaction=counters[-1].reaction,
        )


@case(
    "T_SYMSEC_0_FraCount_3",
    title="Invocation counters of the meter's replies",
    clause="IEC 62056-5-3, information security; invocation counter, security header",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "order within an association",
        procedure=f"opens as declared, asks {_REPLIES} times for the logical_name",
        accepts="invocation counters that increase strictly from reply to reply",
        applies=lasting_key,
        argument=_within_an_association,
    ),
    Subtest(
        2,
        "order over new associations",
        procedure=f"opens, asks {_REPLIES_EACH} times, releases and closes, {_ASSOCIATIONS} times over",
        accepts="under the global key they increase strictly over all associations, AARE and pass 4 included; "
        "under the dedicated key within each",
        applies=lasting_key,
        argument=_over_associations,
    ),
    Subtest(
        3,
        "order of the octets",
        procedure=f"opens as declared, asks {_REPLIES} times for the logical_name",
        accepts="invocation counters that count high octet first",
        applies=lasting_key,
        argument=_octet_order,
    ),
)
def test_symsec_0_fracount_3(subtest: Trial) -> None:
    """A meter never protects twice with one invocation counter: it only increases, and goes out high octet first.

    The counters under the global and under the dedicated key are judged apart. Meters that send the low octet first
    exist; the tester opens what they send, since the nonce holds the octets as they are, and reports it. The identifier
    speaks of suite 0; the same procedure runs in the declared suite.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
