"""Reading a long attribute with a given PDU size, as far as a case goes, and holding it against a reference."""

from __future__ import annotations

from contextlib import nullcontext

from conformance.cosem.names import ClassId
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestWithList, GetResponseNormal, GetResponseWithList
from conformance.dlms.xdlms.read import ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.long_replies import (
    LARGEST_PDU,
    Fetched,
    LongReading,
    attribute_reading,
    decoded,
    fetch,
    least_room,
    octets_of,
    opened,
    overhead,
    reference,
    same_value,
)
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import asked_for
from conformance.tester.seen import seen
from conformance.tester.service_blocks import LongReply
from conformance.tester.stimulus import apdu

SMALLEST = -1
"""In place of a PDU size: the smallest that the meter declares, or that protection leaves room in."""
DECLARED = 0
"""In place of a PDU size: the max_receive_pdu_size of the device config."""
MOST_BLOCKS = 60
"""A value that needs more of the smallest PDUs is read no further, and judged as far as it has come."""

_LIST_PDU = 128


def judge_whole_attribute(trial: Trial, wanted: int) -> None:
    """Read `targets.long_readable` with a PDU size, judge each block, and hold the value against the largest PDU's.

    Args:
        trial: judges.
        wanted: octets, `SMALLEST` or `DECLARED`.

    Raises:
        Failed: a block is wrong, or the value is another.
        Inconclusive: the value cannot be read with the largest PDU.
        Inapplicable: the PDU size cannot be used here.
    """
    attribute = trial.settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - the case applies only where it is declared
    with trial.step(f"the value with a PDU size of {LARGEST_PDU} octets"):
        first = opened(trial, LARGEST_PDU)
        value = reference(trial, first)
        size = _size(trial, first, wanted)
    association = opened(trial, size)
    reading = attribute_reading(trial)
    most_blocks = MOST_BLOCKS if wanted == SMALLEST else 1 << 16
    # What is left unfinished cannot be compared with a whole transfer.
    service = "Read" if trial.settings.short_names else "GET"
    compared = nullcontext() if wanted == SMALLEST else trial.transferring(association, service, attribute)
    with trial.step(f"the value with a PDU size of {size} octets"):
        with compared:
            fetched = fetch(trial, association, reading, most_octets=octets_of(value), most_blocks=most_blocks)
        if fetched.whole:
            _judge_value(trial, attribute, value, _value_of(trial, reading, fetched), fetched)
        else:
            _judge_beginning(trial, attribute, value, reading, fetched)


def judge_whole_list(trial: Trial) -> None:
    """Read the association's name and `targets.long_readable` in one list, in short PDUs; both must be what they are.

    Raises:
        Failed: a block is wrong, or a value is another.
        Inconclusive: the value cannot be read alone.
    """
    settings = trial.settings
    attribute = settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - the case applies only where it is declared
    first = opened(trial, LARGEST_PDU)
    value = reference(trial, first)
    size = max(_LIST_PDU, overhead(trial, first) + least_room(settings), settings.smallest_pdu_size)
    association = opened(trial, size)
    reading = _list_reading(trial, attribute)
    with trial.step(f"a list of two attributes with a PDU size of {size} octets"):
        fetched = fetch(trial, association, reading, most_octets=octets_of(value) + octets_of(value))
        results = _results_of(trial, reading, fetched)
        trial.check(
            len(results) == 2 and all(isinstance(result, Data) for result in results),
            expected="2 results, both data",
            observed=f"{len(results)} results, {sum(isinstance(result, Data) for result in results)} of them data",
            reaction=fetched.reaction,
        )
        last = results[1]
        assert isinstance(last, Data)  # noqa: S101 - judged above
        _judge_value(trial, attribute, value, last, fetched)


def _size(trial: Trial, association: Association, wanted: int) -> int:
    """The PDU size in octets.

    Raises:
        Inapplicable: it is none that this meter serves under this protection.
    """
    settings = trial.settings
    largest = settings.max_receive_pdu_size or LARGEST_PDU
    if wanted == DECLARED:
        return largest
    room = least_room(settings)
    least = overhead(trial, association) + room
    if wanted == SMALLEST:
        return max(settings.smallest_pdu_size, least)
    if not settings.smallest_pdu_size <= wanted <= largest:
        declared = f"{settings.smallest_pdu_size} to {largest}"
        trial.inapplicable(f"{wanted} octets: the device config declares PDU sizes of {declared} octets")
    if wanted < least:
        trial.inapplicable(
            f"{wanted} octets: protection leaves less than the {room} octets of plain reply that are needed"
        )
    return wanted


def _list_reading(trial: Trial, attribute: AttributeDescriptor) -> LongReading:
    plain = attribute_reading(trial)
    match asked_for(trial.settings):
        case VariableName() as name:
            long_name = trial.settings.short_name(attribute)
            assert long_name is not None  # noqa: S101 - a target without a base name is refused when it is loaded
            octets = ReadRequest((name, VariableName(long_name))).encode()
            first = apdu(octets, f"Read of {name.name:04X} and {long_name:04X}")
        case asked:
            listed = ((asked, None), (attribute, None))
            octets = GetRequestWithList(INVOKE_ID_AND_PRIORITY, listed).encode()
            first = apdu(octets, f"GET of {asked} and {attribute}")
    return LongReading(plain.service, first, plain.nothing, plain.ended)


def _value_of(trial: Trial, reading: LongReading, fetched: Fetched) -> Data:
    """The value that was fetched: in one APDU, in blocks of a value, or in blocks of a list of one result."""
    if not fetched.blocks or reading.service is LongReply.READ:
        results = _results_of(trial, reading, fetched)
        value = results[0] if len(results) == 1 else None
        if not isinstance(value, Data):
            trial.fail(f"no data: {seen(fetched.reaction)}", reaction=fetched.reaction)
        return value
    try:
        return codec.decode(fetched.octets)
    except DecodeError as error:
        trial.fail(f"the joined blocks do not decode: {error}", reaction=fetched.reaction)


def _results_of(trial: Trial, reading: LongReading, fetched: Fetched) -> tuple[object, ...]:
    """The results that a response in one APDU holds, or that the blocks of a list make."""
    head = b""
    if fetched.blocks:
        head = b"\x0c" if reading.service is LongReply.READ else bytes((0xC4, 3, INVOKE_ID_AND_PRIORITY))
    response = decoded(trial, head, fetched.octets, fetched.reaction)
    if isinstance(response, GetResponseNormal):
        return (response.result,)
    if not isinstance(response, (ReadResponse, GetResponseWithList)):
        trial.fail(f"no data: {seen(fetched.reaction)}", reaction=fetched.reaction)
    return response.results


def _judge_value(trial: Trial, attribute: AttributeDescriptor, wanted: Data, found: Data, fetched: Fetched) -> None:
    same = same_value(attribute, wanted, found)
    how = f"in {fetched.blocks} blocks" if fetched.blocks else "in one reply"
    trial.check(
        same,
        expected=f"the value that was read with a PDU size of {LARGEST_PDU} octets",
        observed=f"the {'same' if same else 'wrong'} value, {how}",
        reaction=fetched.reaction,
    )


def _judge_beginning(
    trial: Trial, attribute: AttributeDescriptor, value: Data, reading: LongReading, fetched: Fetched
) -> None:
    """A transfer that was left unfinished has brought the beginning of the value, unless it is a profile's."""
    head = b"\x01\x00" if reading.service is LongReply.READ else b""
    octets = head + codec.encode(value)
    same = octets.startswith(fetched.octets) or attribute.class_id == ClassId.PROFILE_GENERIC
    trial.check(
        same,
        expected=f"the beginning of the value that was read with a PDU size of {LARGEST_PDU} octets",
        observed=f"{len(fetched.octets)} octets in {fetched.blocks} blocks, {'the same' if same else 'others'}",
        reaction=fetched.reaction,
    )
