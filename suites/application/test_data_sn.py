"""Read and Write requests that a server must not serve."""

from conformance.device.model import Permission
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.applicability import negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.refused_writes import RefusedWrite, Spoil, judge_refused_write, value_octets
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import access_error, service_error
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.other_value import value_of_other_type
from conformance.tester.stimulus import Stimulus, apdu

_MALFORMED: Expectation = service_error() | access_error()
_OTHERWISE = tolerated(access_error() | service_error())
_NOTHING_THERE = access_error(DataAccessResult.OBJECT_UNDEFINED, DataAccessResult.OBJECT_UNAVAILABLE) | _OTHERWISE
_NO_ATTRIBUTE = (
    access_error(
        DataAccessResult.READ_WRITE_DENIED,
        DataAccessResult.OBJECT_UNDEFINED,
        DataAccessResult.OBJECT_UNAVAILABLE,
        DataAccessResult.SCOPE_OF_ACCESS_VIOLATED,
    )
    | _OTHERWISE
)
_WRONG_TYPE = access_error(DataAccessResult.TYPE_UNMATCHED) | _OTHERWISE
_NO_RIGHT = access_error(DataAccessResult.READ_WRITE_DENIED) | _OTHERWISE

_NO_NAME = "FA01"
"""Short name of nothing: they lie 8 apart, and FA00 is one."""
_ATTRIBUTE_127 = f"{SN_VAA_NAME + 8 * 126:04X}"
_READ_ACCESS = "read-request.variable-access-specification"
_WRITE_ACCESS = "write-request.variable-access-specification.variable-access-specification"
_READ = ReadRequest((VariableName(SN_VAA_NAME),)).encode()
_WRITE_HEADER_OCTETS = 6
"""Octets of a write-request for one name before its value: tag, count, choice, name, count."""


def _read() -> Stimulus:
    """The Read that every association serves; the subtests break it."""
    return apdu(_READ, "Read of the current association's logical_name")


def _read_cut(octets: int) -> Subtest:
    return Subtest(20 + octets, f"cut after octet {octets} of {len(_READ)}", _read().truncated(octets), _MALFORMED)


@case(
    "T_APPL_DATA_SN_N1",
    title="Errors in Read requests",
    clause="IEC 62056-5-3, Read service",
    applies=short_names & negotiates(ConformanceBit.READ),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "unknown choice 09", _read().altered(f"{_READ_ACCESS}.choice", "09"), _MALFORMED),
    Subtest(3, "unknown short name", _read().altered(f"{_READ_ACCESS}.variable-name", _NO_NAME), _NOTHING_THERE),
    Subtest(5, "attribute 127", _read().altered(f"{_READ_ACCESS}.variable-name", _ATTRIBUTE_127), _NO_ATTRIBUTE),
    Subtest(6, "trailing octets", _read().followed_by("0000"), _MALFORMED),
    Subtest(7, "two announced, one there", _read().added("read-request.count", 1), _MALFORMED),
    *(_read_cut(octets) for octets in range(1, len(_READ))),
)
def test_appl_data_sn_n1(subtest: Trial) -> None:
    """A Read that is malformed, or asks for what does not exist, is answered with an error and never with data.

    The numbers are those of DATA_LN_N1: subtest 2, missing elements, is one subtest here for each octet after which the
    request is cut, 20 and the number of octets that remain; there is no class that could be wrong (4). The association
    outlives all of them.
    """
    subtest.association.establish()
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()


def _write(number: int, title: str, spoil: Spoil, expectation: Expectation, *, to: str = "writable") -> Subtest:
    return Subtest(
        number,
        title,
        expectation=expectation,
        procedure=f"reads targets.{to}, sends Write of another value: {title}; reads it again",
        applies=target(to),
        permission=Permission.WRITES,
        argument=RefusedWrite(spoil, to),
    )


def _write_cut(octets: int) -> Subtest:
    title = f"cut after octet {octets} of {_WRITE_HEADER_OCTETS} before the value"
    return _write(20 + octets, title, lambda valid, _: (valid.truncated(octets),), _MALFORMED)


def _unknown_choice(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.altered(f"{_WRITE_ACCESS}.choice", "09"),)


def _wrong_type(valid: Stimulus, value: Data) -> tuple[Stimulus, ...]:
    return (valid.altered("write-request.list-of-data.data", codec.encode(value_of_other_type(value))),)


def _as_declared(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid,)


def _unknown_name(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.altered(f"{_WRITE_ACCESS}.variable-name", _NO_NAME),)


def _trailing(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.followed_by("0000"),)


def _no_value(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
    return (valid.altered("write-request.list-of-data", "00"),)


def _cut_within_value(valid: Stimulus, value: Data) -> tuple[Stimulus, ...]:
    return tuple([valid.truncated(octets) for octets in value_octets(valid, value)])


@case(
    "T_APPL_DATA_SN_N2",
    title="Errors in Write requests",
    clause="IEC 62056-5-3, Write service",
    applies=short_names & negotiates(ConformanceBit.WRITE),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _write(1, "unknown choice 09", _unknown_choice, _MALFORMED),
    _write(3, "value of a wrong type", _wrong_type, _WRONG_TYPE),
    _write(4, "attribute that may only be read", _as_declared, _NO_RIGHT, to="read_only"),
    _write(5, "unknown short name", _unknown_name, _NOTHING_THERE),
    _write(6, "trailing octets", _trailing, _MALFORMED),
    _write(7, "one name, no value in the list", _no_value, _MALFORMED),
    *(_write_cut(octets) for octets in range(1, _WRITE_HEADER_OCTETS + 1)),
    _write(34, "cut after each octet of the value but the last", _cut_within_value, _MALFORMED),
)
def test_appl_data_sn_n2(subtest: Trial) -> None:
    """A Write that is malformed, of a wrong type or not allowed is answered with an error, and nothing is written.

    The numbers are those of DATA_LN_N3: 20 and the number of octets that remain where the request is cut before its
    value, 34 where it is cut within. The association outlives all of them.
    """
    write = subtest.argument
    assert isinstance(write, RefusedWrite)
    judge_refused_write(subtest, write)
