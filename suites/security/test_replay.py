"""Invocation counters of the client: what a meter has seen once it never serves again."""

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.harness.applicability import ciphered, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.judging import Failed
from conformance.harness.openings import nothing_served, still_opens
from conformance.harness.plain_requests import other_question
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write, write_request
from conformance.harness.security_applicability import (
    ciphering,
    has_lasting_key,
    lasting_key,
    not_dedicated,
    protected_initiate,
)
from conformance.harness.trial import Trial
from conformance.harness.written_values import (
    another_value,
    judge_holds,
    judge_written,
    left_as_found,
    target_value,
)
from conformance.tester.accepted_data_exchange import REFUSED, stale_counter_refused, under_global_key
from conformance.tester.accepted_openings import rejected
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.liveness import ALIVE, question
from conformance.tester.stimulus import Stimulus, raw

_GAP = 10
"""By how much a counter may jump ahead: lost requests leave gaps."""
_STALE = stale_counter_refused(None)
_NO_ASSOCIATION: Expectation = rejected(result=None) | tolerated(REFUSED)


def _taken(association: Association) -> int:
    """The next invocation counter of the variant's key; it is spent."""
    return association.security.next_counter(dedicated=association.protection.dedicated)


def _lasting(association: Association) -> int | None:
    """The next invocation counter, spent; None where each APDU brings a key of its own."""
    return _taken(association) if has_lasting_key(association.settings, association.protection) else None


def _protected(association: Association, plain: Stimulus, counter: int | None, what: str) -> Stimulus:
    octets = association.security.protect(plain.octets, association.protection, counter=counter)
    return raw(octets, f"{plain.name}, {what}" if plain.name else what)


def _replayed(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    counter = _lasting(association)
    request = _protected(association, question(association), counter, "sent twice")
    with subtest.step("the request"):
        subtest.judge(association.request(request), ALIVE)
    with subtest.step("the same octets again"):
        subtest.judge(association.request(request), stale_counter_refused(counter))
    with subtest.step("then a higher counter"):
        subtest.alive()


def _lower(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    lower, higher = _taken(association), _taken(association)
    with subtest.step(f"counter {higher}"):
        subtest.judge(association.request(_protected(association, question(association), higher, "the higher")), ALIVE)
    with subtest.step(f"counter {lower}, which was left out"):
        request = _protected(association, question(association), lower, "a lower counter")
        subtest.judge(association.request(request), stale_counter_refused(higher))
    with subtest.step("then a higher counter"):
        subtest.alive()


def _equal(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    counter = _taken(association)
    with subtest.step(f"counter {counter}"):
        request = _protected(association, question(association), counter, "the first")
        subtest.judge(association.request(request), ALIVE)
    with subtest.step(f"counter {counter} again, with other content"):
        request = _protected(association, other_question(association.settings), counter, "an equal counter")
        subtest.judge(association.request(request), stale_counter_refused(counter))
    with subtest.step("then a higher counter"):
        subtest.alive()


def _zero(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    counter = _taken(association)
    with subtest.step(f"counter {counter}"):
        request = _protected(association, question(association), counter, "the first")
        subtest.judge(association.request(request), ALIVE)
    with subtest.step("counter 0"):
        request = _protected(association, question(association), 0, "counter 0")
        subtest.judge(association.request(request), stale_counter_refused(counter))
    with subtest.step("then a higher counter"):
        subtest.alive()


def _ahead(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    left_out = [_taken(association) for _ in range(_GAP)]
    with subtest.step(f"a counter {_GAP} ahead"):
        subtest.alive()
    with subtest.step("the first and the last that were left out"):
        for counter in (left_out[0], left_out[-1]):
            request = _protected(association, question(association), counter, f"counter {counter}")
            subtest.judge(association.request(request), stale_counter_refused(left_out[-1] + 1))
    with subtest.step("then a higher counter"):
        subtest.alive()


def _in_a_later_association(subtest: Trial) -> None:
    first = subtest.another()
    first.establish()
    request = _protected(first, question(first), _lasting(first), "of an earlier association")
    with subtest.step("the first association"):
        subtest.judge(first.request(request), ALIVE, association=first)
        first.release()
        first.close()
    with subtest.step("the same octets in the next one"):
        later = subtest.another()
        later.establish()
        subtest.judge(later.request(request), _STALE, association=later)
    with subtest.step("then a higher counter"):
        subtest.alive(later)


def _opening_replayed(subtest: Trial) -> None:
    first = subtest.another()
    first.establish()
    assert first.proposed is not None
    request = raw(first.proposed.encode(), "the AARQ of an earlier association")
    first.release()
    first.close()
    with subtest.step("the AARQ again"):
        later = subtest.another(protection=under_global_key(subtest.protection))
        subtest.judge(later.request(request), _NO_ASSOCIATION, association=later)
        nothing_served(subtest, later)
        later.close()
    with subtest.step("a new AARQ"):
        still_opens(subtest, subtest.another())


def _write_replayed(subtest: Trial) -> None:
    """Write another value, write the old one back, then send the octets of the first write once more."""
    association = subtest.association
    association.establish()
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    before = target_value(subtest, association, attribute)
    other = another_value(subtest, attribute, before)
    request = _protected(
        association, write_request(subtest.settings, attribute, other), _lasting(association), "sent twice"
    )
    with left_as_found(subtest, attribute, before):
        with subtest.step("another value"):
            judge_written(subtest, association.request(request))
        with subtest.step("the value of before"):
            judge_written(subtest, association.request(write_request(subtest.settings, attribute, before)))
        with subtest.step("the octets of the first write again"):
            subtest.judge(association.request(request), _STALE)
            judge_holds(subtest, association, attribute, before)


def _forged_ahead(subtest: Trial) -> None:
    """What does not open must not use a counter up, or any stranger could lock the client out."""
    association = subtest.association
    association.establish()
    security = association.security
    counter = _taken(association) + _GAP
    octets = security.protect(
        question(association).octets,
        association.protection,
        counter=counter,
        key=security.draw(subtest.settings.key_octets),
    )
    try:
        with subtest.step(f"counter {counter}, {_GAP} ahead, under a key that the meter does not have"):
            subtest.judge(association.request(raw(octets, "forged, with a counter ahead")), REFUSED)
        with subtest.step("then the counter that is next"):
            subtest.alive()
    except Failed:
        # A meter that took the counter for used expects a higher one from the cases that follow.
        for _ in range(_GAP):
            _taken(association)
        raise


def _write_with_a_lower_counter(subtest: Trial) -> None:
    def spoil(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
        association = subtest.association
        lower = _taken(association)
        subtest.alive()
        return (_protected(association, valid, lower, "a lower counter"), _protected(association, valid, 0, "0"))

    judge_refused_write(subtest, RefusedWrite(spoil))


@case(
    "T_SYMSEC_0_FraCount_1",
    title="Replayed and lower invocation counters",
    clause="IEC 62056-5-3, information security; invocation counter",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "the same APDU again",
        procedure="opens as declared, sends a request, sends the same octets again, then asks anew",
        accepts=f"data; {_STALE}; data",
        applies=ciphering,
        argument=_replayed,
    ),
    Subtest(
        2,
        "a lower counter",
        procedure="opens as declared, leaves a counter out, sends the next one, then the one left out, then asks anew",
        accepts=f"data; {_STALE}; data",
        applies=lasting_key,
        argument=_lower,
    ),
    Subtest(
        3,
        "an equal counter",
        procedure="opens as declared, sends a request, then another one with the same counter, then asks anew",
        accepts=f"data; {_STALE}; data",
        applies=lasting_key,
        argument=_equal,
    ),
    Subtest(
        4,
        "counter 0",
        procedure="opens as declared, sends a request, then one with counter 0, then asks anew",
        accepts=f"data; {_STALE}; data",
        applies=lasting_key,
        argument=_zero,
    ),
    Subtest(
        5,
        "a counter ahead",
        procedure=f"opens as declared, sends a request {_GAP} counters ahead, then two of those left out, then anew",
        accepts=f"data; {_STALE}; data",
        applies=lasting_key,
        argument=_ahead,
    ),
    Subtest(
        6,
        "the same APDU in a later association",
        procedure="opens as declared, sends a request, releases; opens again, sends the same octets, then asks anew",
        accepts=f"data; {_STALE}; data",
        applies=ciphering & not_dedicated,
        argument=_in_a_later_association,
    ),
    Subtest(
        7,
        "the AARQ of an earlier association",
        procedure="opens as declared, releases; on a new link sends the same AARQ, then opens as declared",
        accepts=f"{_NO_ASSOCIATION}; then the association as declared",
        applies=protected_initiate,
        argument=_opening_replayed,
    ),
    Subtest(
        8,
        "a write again",
        procedure="writes another value to targets.writable, writes back what it held, sends the first write again",
        accepts=f"success twice; {_STALE}, and the value stays",
        applies=ciphering & target("writable"),
        permission=Permission.WRITES,
        argument=_write_replayed,
    ),
    Subtest(
        9,
        "writes with a lower counter and with 0",
        procedure="reads targets.writable, writes another value with a lower counter and with 0, reads it again",
        expectation=_STALE,
        applies=lasting_key & target("writable"),
        permission=Permission.WRITES,
        argument=_write_with_a_lower_counter,
    ),
    Subtest(
        10,
        "a forged counter ahead",
        procedure=f"opens as declared, sends a request {_GAP} counters ahead under a wrong key, then asks as declared",
        accepts=f"{REFUSED}; data",
        applies=lasting_key,
        argument=_forged_ahead,
    ),
)
def test_symsec_0_fracount_1(subtest: Trial) -> None:
    """A meter serves an APDU only when its invocation counter is higher than every one before it under the same key.

    The identifier speaks of suite 0; the same procedure runs in the declared suite. The lower counters are values that
    were left out and never used. Subtest 3 spends one counter on two different requests: that is the fault it is
    about, and it gives away more of the key than any other subtest; a lab with keys in use may leave it out.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
