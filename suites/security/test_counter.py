"""The client's invocation counter as the meter keeps it: told to whoever asks, never forgotten, never passed over."""

from conformance.device.counters import LAST_COUNTER
from conformance.device.model import Permission, Protection
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.data.types import Data
from conformance.harness.applicability import Condition, ciphered
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import UNDER_GLOBAL_KEY, declares, embedded, first_of
from conformance.harness.openings import NOT_SERVED, judge_opening
from conformance.harness.protected_exchange import asking, judge_served, opened
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.association import Association
from conformance.tester.expectation import tolerated
from conformance.tester.reaction import Reaction
from conformance.tester.rendering import render
from conformance.tester.stimulus import aarq, raw
from conformance.tester.told_counter import little_endian, told_by
from conformance.tester.transfer import get, read

_REFUSED = rejected(result=None, user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE) | tolerated(rejected(result=None))
_counter_readable = Condition(
    "invocation_counter with an association to read it through",
    lambda claim: claim.association.invocation_counter.association is not None,
)


def _form(subtest: Trial) -> Protection:
    form = first_of(subtest.settings, *UNDER_GLOBAL_KEY)
    assert form is not None
    return form


def _protected(association: Association, counter: int | None = None) -> bytes:
    """The question for the association's name under the global key."""
    return association.security.protect(asking(association), association.protection, counter=counter)


def _kept(subtest: Trial) -> int:
    """The counter that the meter tells through the association that is declared for it."""
    source = subtest.settings.invocation_counter
    assert source.association is not None
    assert source.attribute is not None
    reader = subtest.another(source.association)
    reader.establish()
    short_name = reader.settings.short_name(source.attribute) if reader.settings.short_names else None
    value = get(reader, source.attribute) if short_name is None else read(reader, short_name)
    reader.close()
    number = value.value if isinstance(value, Data) else None
    subtest.check(
        isinstance(number, int) and 0 <= number <= LAST_COUNTER,
        expected="an Unsigned32 with the last invocation counter",
        observed=f"{value}",
    )
    assert isinstance(number, int)
    return number


def _told(subtest: Trial) -> None:
    with subtest.step("the counter before"):
        before = _kept(subtest)
    with subtest.step("a request"):
        association = opened(subtest, _form(subtest))
        used = association.security.next_counter(dedicated=False)
        judge_served(subtest, association, _protected(association, used), f"a request with counter {used}")
        association.close()
    with subtest.step("the counter after"):
        after = _kept(subtest)
        subtest.check(
            after >= used,
            expected=f"{used} or more: the counter of the last request served",
            observed=f"the meter tells {after}, before it was {before}",
        )
    with subtest.step("the next counter, one above what the meter tells"):
        association = _opened_with(subtest, after + 1)
        judge_served(subtest, association, _protected(association), "a request")


def _opened_with(subtest: Trial, counter: int) -> Association:
    """An association that is opened with `counter`, or with a higher one where the client has used that already."""
    association = subtest.another(protection=_form(subtest))
    following = max(counter, association.security.next_counter(dedicated=False))
    subtest.judge(association.open(aarq(invocation_counter=following)), accepted(), association=association)
    answer = association.authenticate() if association.settings.mechanism.high_level else None
    fault = None if answer is None else association.pass4_fault(answer)
    subtest.check(fault is None, expected="pass 4 as it should be", observed=fault or "opened", reaction=answer)
    return association


def _opening_again(subtest: Trial) -> None:
    first = subtest.another(protection=_form(subtest))
    octets = render(aarq(), first.security, first.protection, subtest.random.randbytes(16)).octets
    again = raw(octets, "AARQ as declared")
    with subtest.step("the AARQ, for the first time"):
        subtest.judge(first.open(again), accepted(), association=first)
        first.close()
    with subtest.step("the same octets on a new link"):
        second = subtest.another(protection=_form(subtest))
        judge_opening(subtest, again, _REFUSED, second)


def _too_low(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    used = association.security.next_counter(dedicated=False)
    octets = _protected(association, used)
    with subtest.step("a request"):
        judge_served(subtest, association, octets, f"a request with counter {used}")
    with subtest.step("the same octets again"):
        reaction = association.request(raw(octets, "the same request"))
        subtest.judge(reaction, NOT_SERVED, association=association)
        _judge_told(subtest, reaction, used)
    with subtest.step("the counter that it asks for, or the next one"):
        judge_served(subtest, association, _protected(association), "a request")


def _judge_told(subtest: Trial, reaction: Reaction, used: int) -> None:
    """The counter in an exception-response is the least that is accepted: where one is told, the client can go on."""
    told = told_by(reaction)
    if told is None:
        return
    swapped = "; low octet first (little-endian)" if little_endian(told, used + 1) else ""
    subtest.check(
        told == used + 1,
        expected=f"invocation-counter-error with {used + 1}, one above the last counter accepted",
        observed=f"invocation-counter-error with {told} ({told:08X}){swapped}",
        reaction=reaction,
        path="exception-response.invocation-counter-error",
    )


def _power_cycle(subtest: Trial) -> None:
    association = subtest.another(protection=_form(subtest))
    octets = render(aarq(), association.security, association.protection, subtest.random.randbytes(16)).octets
    again = raw(octets, "AARQ as declared")
    with subtest.step("an AARQ, before"):
        subtest.judge(association.open(again), accepted(), association=association)
        association.drop()
    subtest.bench.cycle_power()
    with subtest.step("the same octets after power was off"):
        second = subtest.another(protection=_form(subtest))
        judge_opening(subtest, again, _REFUSED, second)
        second.close()
    with subtest.step("the association then opens with a higher counter and serves"):
        third = opened(subtest, _form(subtest))
        subtest.alive(third)


def _at_its_end(subtest: Trial) -> None:
    with subtest.bench.counters_put_back():
        association = opened(subtest, _form(subtest))
        # What the meter asks for from here on is beyond any use.
        association.security.told_counter = lambda _: None
        for counter in (LAST_COUNTER - 1, LAST_COUNTER):
            with subtest.step(f"counter {counter:08X}"):
                judge_served(subtest, association, _protected(association, counter), f"counter {counter:08X}")
        for counter in (LAST_COUNTER, 0):
            with subtest.step(f"counter {counter:08X} after that"):
                name = f"counter {counter:08X}: there is none left under this key"
                reaction = association.request(raw(_protected(association, counter), name))
                subtest.judge(reaction, NOT_SERVED, association=association)
        association.close()
    with subtest.step("with the counter put back the association opens and serves"):
        subtest.alive(opened(subtest, _form(subtest)))


@case(
    "X_SEC_COUNTER",
    title="Invocation counter of the client",
    clause="IEC 62056-5-3, invocation counter; exception-response, invocation-counter-error",
    applies=ciphered & declares(*UNDER_GLOBAL_KEY),
)
@subtests(
    Subtest(
        1,
        "the counter that the meter tells",
        procedure="reads the counter object as declared, opens and asks, reads it again, opens with the next counter",
        accepts="the counter of the last request served, or a higher one; the next one is accepted",
        applies=_counter_readable,
        argument=_told,
    ),
    Subtest(
        2,
        "an opening again on a new link",
        procedure="sends an AARQ, closes the link, sends the same octets on a new one",
        expectation=_REFUSED,
        argument=_opening_again,
    ),
    Subtest(
        3,
        "a counter that is too low",
        procedure="opens, asks, sends the same octets again, asks with the counter that the meter names or the next",
        accepts="a refusal; where it names a counter, the one after the last, high octet first; that one is accepted",
        argument=_too_low,
    ),
    Subtest(
        4,
        "the counter after a power failure",
        procedure="sends an AARQ, switches the meter off and on, sends the same octets, opens with a higher counter",
        expectation=_REFUSED,
        applies=embedded,
        permission=Permission.DISCONNECTS,
        argument=_power_cycle,
    ),
    Subtest(
        5,
        "the end of the counter, 2^32 - 1",
        procedure="opens, asks with counters FFFFFFFE and FFFFFFFF, then with FFFFFFFF and 0",
        accepts=f"the first two are served; then {NOT_SERVED}",
        applies=embedded,
        permission=Permission.MAY_LOCK_OUT,
        argument=_at_its_end,
    ),
)
def test_counter(subtest: Trial) -> None:
    """A meter takes each invocation counter once, over every link and power failure, and says what it expects.

    The end of the counter uses up a key: it is looked for in the embedded meter only, whose counter is put back. So is
    the power failure: nothing else can be switched off from here.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
