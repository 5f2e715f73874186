"""Writing a long target in blocks and leaving it as it was found: SET with logical names, Write with short names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.long_replies import opened
from conformance.harness.long_sending import LongSending
from conformance.harness.trial import Trial
from conformance.harness.written_values import another_value, judge_holds, left_as_found, target_value
from conformance.tester.accepted_blocks import LONG_SET_ENDED, NO_LONG_SET, written
from conformance.tester.association import Association
from conformance.tester.service_blocks import LongRequest, long_set, long_set_list, long_write

SHORTEST = 60
"""Octets that the long target must hold, so that there are blocks to be told apart."""

_FEWEST_OCTETS = 16
_BLOCKS = 5


@contextmanager
def long_writing(trial: Trial) -> Iterator[LongSending]:
    """A long SET or Write of `targets.long_writable`; what it held before is written back at the end.

    Raises:
        Inconclusive: the target cannot be read, or is no octet-string of at least 60 octets.
    """
    attribute = _long_target(trial)
    before = _long_value(trial, attribute)
    wanted = other_octets(before)
    with left_as_found(trial, attribute, before):
        yield _sending(trial, ((attribute, before, wanted),))


@contextmanager
def list_writing(trial: Trial) -> Iterator[LongSending]:
    """As `long_writing`, with `targets.writable` before it in one list."""
    short, attribute = trial.settings.targets.writable, _long_target(trial)
    assert short is not None  # noqa: S101 - the subtest applies only where it is declared
    before = _long_value(trial, attribute)
    short_before = target_value(trial, trial.associations[-1], short)
    short_wanted = another_value(trial, short, short_before)
    with left_as_found(trial, short, short_before), left_as_found(trial, attribute, before):
        yield _sending(
            trial, ((short, short_before, short_wanted), (attribute, before, other_octets(before))), listed=True
        )


def other_octets(before: Data) -> Data:
    """Printable octets of the same number, in which no two blocks are alike, and which differ from `before`."""
    size = len(before.value)
    numbers = b" ".join(b"%04d" % number for number in range(1, size // 5 + 3))
    made = octet_string(numbers[:size])
    return made if made != before else octet_string(numbers[1 : size + 1])


def _long_target(trial: Trial) -> AttributeDescriptor:
    attribute = trial.settings.targets.long_writable
    assert attribute is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    return attribute


def _long_value(trial: Trial, attribute: AttributeDescriptor) -> Data:
    value = target_value(trial, opened(trial), attribute)
    if value.type is not DataType.OCTET_STRING or len(value.value) < SHORTEST:
        trial.inconclusive(f"{attribute}: {describe(value)}, no octet-string of at least {SHORTEST} octets")
    return value


def _sending(
    trial: Trial, changes: tuple[tuple[AttributeDescriptor, Data, Data], ...], *, listed: bool = False
) -> LongSending:
    """The request that makes changes: attribute, value before, value wanted."""
    request = _request(trial, changes, listed=listed)
    short_names = trial.settings.short_names

    def judge_done(association: Association) -> None:
        for attribute, _, wanted in changes:
            judge_holds(trial, association, attribute, wanted)

    def judge_undone(association: Association) -> None:
        for attribute, before, _ in changes:
            judge_holds(trial, association, attribute, before)

    return LongSending(
        request,
        lambda number: written(number, len(changes), listed=listed),
        NO_LONG_SET,
        # With short names the block numbered 1 is the first: any other, with none before it, belongs to no transfer.
        LONG_SET_ENDED | NO_LONG_SET if short_names else LONG_SET_ENDED,
        judge_done,
        judge_undone,
        max(_FEWEST_OCTETS, len(request.content) // _BLOCKS),
    )


def _request(trial: Trial, changes: tuple[tuple[AttributeDescriptor, Data, Data], ...], *, listed: bool) -> LongRequest:
    settings = trial.settings
    values = tuple(wanted for _, _, wanted in changes)
    if not settings.short_names:
        attribute, _, wanted = changes[0]
        pairs = tuple((changed, value) for changed, _, value in changes)
        return long_set_list(pairs) if listed else long_set(attribute, wanted)
    names = []
    for attribute, _, _ in changes:
        name = settings.short_name(attribute)
        assert name is not None  # noqa: S101 - a target without a base name is refused when the config is loaded
        names.append(VariableName(name))
    return long_write(tuple(names), values)
