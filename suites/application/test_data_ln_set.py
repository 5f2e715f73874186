"""SET requests that a server must not serve."""

from conformance.device.model import Permission
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.applicability import logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.refused_writes import RefusedWrite, Spoil, judge_refused_write, value_octets
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import access_error, exception
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.other_value import value_of_other_type
from conformance.tester.stimulus import Stimulus

_HEADER_OCTETS = 13
"""Octets of a Set-Request-Normal before its value: tag, choice, invoke-id-and-priority, descriptor, no selection."""
_MALFORMED: Expectation = exception() | access_error()
_OTHERWISE = tolerated(access_error() | exception())
_WRONG_TYPE = access_error(DataAccessResult.TYPE_UNMATCHED) | _OTHERWISE
_NO_RIGHT = access_error(DataAccessResult.READ_WRITE_DENIED) | _OTHERWISE
_NO_OBJECT = access_error(DataAccessResult.OBJECT_UNDEFINED, DataAccessResult.OBJECT_UNAVAILABLE) | _OTHERWISE


def _set(number: int, title: str, spoil: Spoil, expectation: Expectation, *, to: str = "writable") -> Subtest:
    procedure = f"reads targets.{to}, sends SET of another value: {title}; reads it again"
    return Subtest(
        number,
        title,
        expectation=expectation,
        procedure=procedure,
        applies=target(to),
        permission=Permission.WRITES,
        argument=RefusedWrite(spoil, to),
    )


def _cut(octets: int) -> Subtest:
    return _set(
        20 + octets,
        f"cut after octet {octets} of {_HEADER_OCTETS} before the value",
        lambda valid, _: (valid.truncated(octets),),
        _MALFORMED,
    )


def _unknown_choice(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.altered("set-request.choice", "06"),)


def _wrong_type(valid: Stimulus, value: Data) -> tuple[Stimulus, ...]:
    return (valid.altered("set-request.value", codec.encode(value_of_other_type(value))),)


def _as_declared(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid,)


def _unknown_object(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.altered("set-request.cosem-attribute-descriptor.instance-id", "FFFFFFFFFFFF"),)


def _trailing(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.followed_by("0000"),)


def _cut_within_value(valid: Stimulus, value: Data) -> tuple[Stimulus, ...]:
    return tuple([valid.truncated(octets) for octets in value_octets(valid, value)])


@case(
    "T_APPL_DATA_LN_N3",
    title="Errors in SET requests",
    clause="IEC 62056-5-3, SET service",
    applies=logical_names & negotiates(ConformanceBit.SET),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _set(1, "unknown choice 06", _unknown_choice, _MALFORMED),
    _set(3, "value of a wrong type", _wrong_type, _WRONG_TYPE),
    _set(4, "attribute that may only be read", _as_declared, _NO_RIGHT, to="read_only"),
    _set(5, "unknown object", _unknown_object, _NO_OBJECT),
    _set(6, "trailing octets", _trailing, _MALFORMED),
    *(_cut(octets) for octets in range(1, _HEADER_OCTETS + 1)),
    _set(34, "cut after each octet of the value but the last", _cut_within_value, _MALFORMED),
)
def test_appl_data_ln_n3(subtest: Trial) -> None:
    """A SET that is malformed, of a wrong type or not allowed is answered with an error, and nothing is written.

    Subtest 2 of the catalogue, missing elements, is one subtest here for each octet after which the request is cut: 20
    and the number of octets that remain; 34 cuts within the value, whose length is the meter's. The association
    outlives all of them.
    """
    write = subtest.argument
    assert isinstance(write, RefusedWrite)
    judge_refused_write(subtest, write)
