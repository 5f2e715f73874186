"""Fetching long replies block by block, each block judged: what the cases of service-specific block transfer share."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.cosem.names import ClassId
from conformance.device.model import AssociationSettings, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.apdu import Apdu
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.plain_requests import read_request
from conformance.harness.trial import Trial
from conformance.harness.written_values import target_value
from conformance.tester.accepted_blocks import LONG_GET_ENDED, NO_LONG_GET
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation
from conformance.tester.liveness import question
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.service_blocks import LongReply, reply_block
from conformance.tester.stimulus import Stimulus, aarq

LARGEST_PDU = 65535
"""Octets: the largest client-max-receive-pdu-size that can be proposed, but for 0, which sets no limit."""

_LEAST_ROOM = 12
"""Octets of plain reply without which a meter need not serve: the smallest client-max-receive-pdu-size there is."""
_PASS_4_HEAD = 8
"""Octets of pass 4 before f(CtoS): tag, choice, invoke-id, result, presence, choice, type, length."""
_ANSWER_OCTETS = {
    Mechanism.HLS_MD5: 16,
    Mechanism.HLS_SHA1: 20,
    Mechanism.HLS_GMAC: 17,
    Mechanism.HLS_SHA256: 32,
}
_LONGEST_ANSWER_OCTETS = 96
"""Of f(CtoS): a signature of suite 2."""
_ROWS_BETWEEN = 3
"""So many rows a profile may gain, and lose at its other end, between two readings."""


@dataclass(frozen=True, slots=True)
class LongReading:
    """A request with a long reply, and what becomes of requests for blocks that are out of place.

    Attributes:
        service: whose blocks come.
        first: the request.
        nothing: accepted where no transfer is in progress.
        ended: accepted where another block is acknowledged than the one sent last.
    """

    service: LongReply
    first: Stimulus
    nothing: Expectation
    ended: Expectation


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a long reply.

    Attributes:
        octets: of all blocks that were fetched, or of the reply itself where it came in one APDU.
        blocks: how many were fetched; 0: the reply came in one APDU.
        whole: the last one was among them.
        reaction: the last one.
    """

    octets: bytes
    blocks: int
    whole: bool
    reaction: Reaction


def opened(trial: Trial, pdu_octets: int | None = None) -> Association:
    """An established association on a link of its own, in which general blocks cannot be used.

    Args:
        trial: the links of its other associations are closed first: a line carries one client at a time.
        pdu_octets: proposed as client-max-receive-pdu-size; None: the declared one.

    Raises:
        PreambleFailed: it cannot be established.
    """
    for made in trial.associations:
        made.close()
    association = trial.another()
    values: dict[str, object] = {
        "proposed_conformance": trial.settings.conformance - {ConformanceBit.GENERAL_BLOCK_TRANSFER}
    }
    if pdu_octets is not None:
        values["client_max_receive_pdu_size"] = pdu_octets
    association.establish(aarq(**values))
    return association


def least_room(settings: AssociationSettings) -> int:
    """Octets of plain reply without which the association cannot be used: with HLS, pass 4 must fit."""
    if not settings.mechanism.high_level:
        return _LEAST_ROOM
    return _PASS_4_HEAD + _ANSWER_OCTETS.get(settings.mechanism, _LONGEST_ANSWER_OCTETS)


def overhead(trial: Trial, association: Association) -> int:
    """By how many octets protection makes a short reply of the meter longer.

    Raises:
        Inconclusive: the meter does not answer a plain question.
    """
    if association.protection is Protection.NONE:
        return 0
    reaction = association.request(question(association))
    if not isinstance(reaction, Reply) or reaction.error is not None:
        trial.inconclusive(f"the question for the association's name: {seen(reaction)}")
    return len(reaction.apdu) - len(reaction.plain)


def attribute_reading(trial: Trial, _room: int = 0) -> LongReading:
    """GET or Read of `targets.long_readable`, however much room there is in a PDU."""
    attribute = trial.settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    service = LongReply.READ if trial.settings.short_names else LongReply.GET
    return LongReading(service, read_request(trial.settings, attribute), NO_LONG_GET, LONG_GET_ENDED)


def fetch(
    trial: Trial,
    association: Association,
    reading: LongReading,
    *,
    begun: tuple[Reaction, bytes, int] | None = None,
    most_octets: int,
    most_blocks: int = 4096,
) -> Fetched:
    """Fetch a long reply and judge each block: its number, its length, that it is not empty, and that one is the last.

    Args:
        trial: judges.
        association: opened.
        reading: what is asked for.
        begun: a transfer to go on with: the block that has just come, what came before it, in how many blocks.
        most_octets: as many as the value has at the very most; a transfer that goes on beyond has no last block.
        most_blocks: the transfer is left there unfinished.

    Raises:
        Failed: a block is wrong, or something else comes in its place.
    """
    reaction, before, count = begun or (association.request(reading.first), b"", 0)
    collected = bytearray(before)
    while True:
        _judge_length(trial, association, reaction)
        block = reply_block(reaction)
        if block is None and not count:
            return Fetched(_whole_reply(trial, reaction), 0, True, reaction)
        count += 1
        if block is None:
            trial.fail(f"in place of block {count}: {seen(reaction)}", reaction=reaction)
        service = reading.service
        _judge_number(trial, reaction, block.block_number, count, service)
        which = f"block {count}, the last," if block.last_block else f"block {count}"
        trial.check(
            bool(block.raw),
            expected="raw-data of at least one octet in every block",
            observed=f"{which} with {len(block.raw)} octets of raw-data after {len(collected)}",
            reaction=reaction,
            path=service.data_path,
        )
        collected += block.raw
        if block.last_block or count >= most_blocks:
            return Fetched(bytes(collected), count, block.last_block, reaction)
        if len(collected) >= most_octets:
            told = (
                f"{len(collected)} octets in {count} blocks have come, all that there is, and none was the last block"
            )
            trial.fail(told, reaction=reaction, path=service.number_path.replace("block-number", "last-block"))
        reaction = association.request(service.next(count))


def begin(trial: Trial, association: Association, reading: LongReading, blocks: int) -> Fetched:
    """Fetch the first blocks of a long reply, each judged, and leave the transfer there.

    Raises:
        Failed: a block is wrong.
        Inconclusive: the reply has no more blocks than these.
    """
    fetched = fetch(trial, association, reading, most_octets=1 << 24, most_blocks=blocks)
    if fetched.whole:
        length, size = len(fetched.octets), association.proposed_initiate
        limit = size.client_max_receive_pdu_size if size is not None else 0
        trial.inconclusive(
            f"the reply of {length} octets needs {blocks} PDUs of {limit} octets at most: it is too short"
        )
    return fetched


def decoded(trial: Trial, head: bytes, octets: bytes, reaction: Reaction) -> Apdu:
    """The response that joined blocks make behind the head that it would have had in one APDU.

    Raises:
        Failed: it does not decode.
    """
    try:
        return apdus.decode(head + octets, deviations=[])
    except DecodeError as error:
        trial.fail(f"the {len(octets)} octets of the joined blocks do not decode: {error}", reaction=reaction)


def reference(trial: Trial, association: Association) -> Data:
    """`targets.long_readable` as it is read now.

    Raises:
        Inconclusive: it cannot be read.
    """
    attribute = trial.settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    return target_value(trial, association, attribute)


def octets_of(value: Data) -> int:
    """Octets of a value, with room for what a profile may gain until it is read again."""
    return len(codec.encode(value)) + 256


def same_value(attribute: AttributeDescriptor, first: Data, second: Data) -> bool:
    """Whether two readings of an attribute agree: of a profile, but for a few rows that come and go at its ends."""
    if first == second:
        return True
    buffers = attribute.class_id == ClassId.PROFILE_GENERIC and {first.type, second.type} == {DataType.ARRAY}
    if not buffers:
        return False
    earlier, later = tuple(first.value), tuple(second.value)
    return any(
        len(earlier) > gone
        and later[: len(earlier) - gone] == earlier[gone:]
        and len(later) - len(earlier) <= _ROWS_BETWEEN
        for gone in range(_ROWS_BETWEEN + 1)
    )


def _judge_length(trial: Trial, association: Association, reaction: Reaction) -> None:
    excess = association.excess_of(reaction)
    size = association.proposed_initiate
    limit = size.client_max_receive_pdu_size if size is not None else 0
    octets = len(reaction.apdu) if isinstance(reaction, Reply) else 0
    trial.check(
        not excess,
        expected=f"replies of at most {limit} octets, the client-max-receive-pdu-size",
        observed=f"a reply of {octets} octets",
        reaction=reaction,
    )


def _judge_number(trial: Trial, reaction: Reaction, found: int, expected: int, service: LongReply) -> None:
    trial.check(
        found == expected,
        expected=f"block number {expected}",
        observed=f"block number {found}",
        reaction=reaction,
        path=service.number_path,
    )


def _whole_reply(trial: Trial, reaction: Reaction) -> bytes:
    """The plain octets of a reply in one APDU.

    Raises:
        Failed: it is none.
    """
    readable = isinstance(reaction, Reply) and reaction.value is not None
    trial.check(
        readable, expected="a reply in blocks, or in one APDU where it fits", observed=seen(reaction), reaction=reaction
    )
    assert isinstance(reaction, Reply)  # noqa: S101 - judged above
    return reaction.plain
