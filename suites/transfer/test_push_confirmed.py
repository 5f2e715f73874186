"""Data-notifications that are to be confirmed: how often they are sent, and when no more."""

from conformance.device.model import PushSetup
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.push_trials import (
    CLAUSE,
    Pushed,
    ear,
    held,
    named,
    push_and_hear,
    pushes,
    setups_of,
    the_notification,
)
from conformance.harness.trial import Trial
from conformance.tester.push_ear import MOST_HEARD, Heard, PushEar

_LONGEST_WAIT_S = 300.0
"""A meter that repeats more slowly is not waited for."""
_LATE = 1.2
_MARGIN_S = 2.0
"""Each repetition may be late by a fifth of its delay, and by so long."""


@case("X_PUSH_P4", title="A data-notification is confirmed where declared", clause=CLAUSE, applies=pushes("tcp", "udp"))
@subtests(
    Subtest(
        1,
        "confirmed at once",
        procedure="invokes push(), confirms the data-notification, listens as long as a repetition may take",
        accepts="service class confirmed; nothing after the confirmation",
        applies=pushes(confirmed=True),
        argument=1,
    ),
    Subtest(
        2,
        "confirmed when it is repeated",
        procedure="invokes push(), confirms the second data-notification only, listens on",
        accepts="one repetition with the same long-invoke-id; nothing after the confirmation",
        applies=pushes(confirmed=True),
        argument=2,
    ),
    Subtest(
        3,
        "never confirmed",
        procedure="invokes push(), confirms nothing, listens as long as number_of_retries repetitions may take and on",
        accepts="as many repetitions as number_of_retries says, with the same long-invoke-id, and no more",
        applies=pushes(confirmed=True),
        argument=0,
    ),
    Subtest(
        4,
        "not to be confirmed",
        procedure="invokes push() of an unconfirmed setup, listens as long as a repetition may take",
        accepts="one data-notification with service class unconfirmed",
        applies=pushes("tcp", "udp", confirmed=False),
    ),
)
def test_push_confirmed(subtest: Trial) -> None:
    """A confirmed data-notification is sent again until it is confirmed, at most number_of_retries times.

    repetition_delay is a number of seconds in versions 0 and 1; in version 2 it begins with a shortest one, grows by an
    exponent in hundredths, and has a longest one.
    """
    confirmed = subtest.argument is not None
    for setup in setups_of(subtest, "tcp", "udp", confirmed=confirmed):
        with ear(subtest, setup) as listening:
            retries, waits = _schedule(subtest, listening, setup)
            if not confirmed:
                _judge_unconfirmed(subtest, listening, setup, waits)
                continue
            which = subtest.argument
            assert isinstance(which, int)
            if which > retries + 1:
                subtest.inconclusive(f"number_of_retries of {named(setup)} is {retries}: nothing is repeated")
            _judge_confirmed(subtest, listening, setup, which, retries, waits)


def _judge_unconfirmed(subtest: Trial, listening: PushEar, setup: PushSetup, waits: list[float]) -> None:
    pushed = push_and_hear(subtest, listening, setup)
    first = the_notification(subtest, pushed)
    _judge_flag(subtest, first, confirmed=False)
    further = listening.hear(max(waits, default=_MARGIN_S), MOST_HEARD)
    _judge_number(subtest, 1, [first, *further], "it was delivered, and needs no confirmation")


def _judge_confirmed(
    subtest: Trial, listening: PushEar, setup: PushSetup, which: int, retries: int, waits: list[float]
) -> None:
    """Confirm the `which`th data-notification, or none for 0, and judge how many come."""
    wanted = which or retries + 1
    made: list[Heard] = []

    def confirm(heard: Heard) -> bool:
        made.append(heard)
        return len(made) == which

    pushed: Pushed = push_and_hear(subtest, listening, setup, confirm=confirm)
    first = the_notification(subtest, pushed)
    _judge_flag(subtest, first, confirmed=True)
    heard = list(pushed.heard)
    for wait in waits[: wanted - 1]:
        came = listening.hear(wait, 1, confirm=confirm)
        heard += came
        if not came:
            break
    heard += listening.hear(max(waits, default=_MARGIN_S), MOST_HEARD)
    why = f"number_of_retries is {retries}" if not which else f"number {which} was confirmed"
    _judge_number(subtest, wanted, heard, why)
    for item in heard[1:]:
        subtest.check(
            item.invoke_id == first.invoke_id,
            expected=f"long-invoke-id {first.invoke_id} in the repetition too",
            observed=f"long-invoke-id {item.invoke_id}",
            reaction=item.reaction,
            path="data-notification.long-invoke-id-and-priority",
        )


def _judge_flag(subtest: Trial, heard: Heard, *, confirmed: bool) -> None:
    words = {True: "confirmed", False: "unconfirmed"}
    subtest.check(
        heard.wants_confirmation is confirmed,
        expected=f"service class {words[confirmed]}",
        observed=f"service class {words[heard.wants_confirmation]}",
        reaction=heard.reaction,
        path="data-notification.long-invoke-id-and-priority",
    )


def _judge_number(subtest: Trial, wanted: int, heard: list[Heard], why: str) -> None:
    """Exactly so many came."""
    subtest.check(
        len(heard) == wanted,
        expected=f"{wanted} data-notification{'s' if wanted > 1 else ''}: {why}",
        observed=f"{len(heard)} came",
        reaction=heard[-1].reaction,
    )


def _schedule(subtest: Trial, listening: PushEar, setup: PushSetup) -> tuple[int, list[float]]:
    """number_of_retries, and how long each repetition is waited for at most, in seconds.

    Raises:
        Inconclusive: all of them together take too long, or the attributes do not tell.
    """
    association = listening.association
    number, delay = held(subtest, association, setup, 6), held(subtest, association, setup, 7)
    if number.type is not DataType.UNSIGNED:
        subtest.inconclusive(f"number_of_retries is {describe(number)}")
    retries: int = number.value
    waits = [_LATE * _delay_s(subtest, delay, retry) + _MARGIN_S for retry in range(1, max(1, retries) + 1)]
    total = sum(waits) + max(waits)
    if total > _LONGEST_WAIT_S:
        subtest.inconclusive(
            f"{retries} repetitions of {named(setup)} take up to {total:g} s, more than the {_LONGEST_WAIT_S:g} s that "
            "are waited: set number_of_retries or repetition_delay lower"
        )
    return retries, waits


def _delay_s(subtest: Trial, delay: Data, retry: int) -> float:
    """The longest delay before a retry, whether the first counts as 0 or 1."""
    if delay.type is DataType.LONG_UNSIGNED:
        return float(delay.value)
    if delay.type is not DataType.STRUCTURE or len(delay.value) != 3:
        subtest.inconclusive(f"repetition_delay is {describe(delay)}")
    shortest, exponent, longest = (part.value for part in delay.value)
    grown = shortest * max(1.0, exponent / 100) ** min(retry, 64)
    return float(max(shortest, min(grown, longest)))
