"""The attributes and methods of a listed object, by logical or by short name: read, written, invoked."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.cosem.interface_class import AttributeDefinition, MethodDefinition
from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.standing_association import StandingAssociation
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction
from conformance.tester.service_blocks import long_set, long_write
from conformance.tester.stimulus import Stimulus, apdu
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed, get, read

LARGEST_VALUE = 256 * 1024
"""Octets of one attribute; a longer one is cut off, and told."""
_OVERHEAD = 64
"""Octets that the protection of a request may take, and the headers of a block."""
_LOOKED_BACK = 8
"""Frames of the tape among which the meter's last one is looked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an attribute has given.

    Attributes:
        result: the value, or the data-access-result; None where neither came.
        failure: what came instead.
        frame: number on the tape of the meter's last frame.
        path: of the value, or of the result, in the reply.
    """

    result: Data | int | None
    failure: str
    frame: int | None
    path: str


def descriptor(listed: ListedObject, index: int) -> AttributeDescriptor:
    """The attribute by its logical name."""
    return AttributeDescriptor(listed.class_id, listed.logical_name, index)


def short_name(listed: ListedObject, member: AttributeDefinition | MethodDefinition | int) -> int | None:
    """The short name of an attribute or method of the class tables, or of an offset; None where it has none."""
    offset = member if isinstance(member, int) else member.offset
    if listed.base_name is None or offset is None:
        return None
    name = listed.base_name + offset
    return name if name <= 0xFFFF else None


def read_attribute(
    standing: StandingAssociation, listed: ListedObject, index: int, name: int | None, access: SelectiveAccess | None
) -> Reading:
    """Read one attribute whole, in blocks where the meter sends blocks.

    Args:
        standing: in which association.
        listed: the object.
        index: of the attribute.
        name: its short name; None with logical names.
        access: part of the value; None: all.

    Raises:
        PreambleFailed, Inconclusive: the association cannot be opened again.
    """
    association = standing.established()
    tape = association.data_link.line.tape
    head = "get-response.result" if name is None else "read-response.result"
    try:
        if name is None:
            result = get(association, descriptor(listed, index), access, most_octets=LARGEST_VALUE)
        else:
            result = read(association, name, access, most_octets=LARGEST_VALUE)
    except TransferFailed as failed:
        standing.heed(failed.reaction)
        return Reading(None, str(failed), last_frame(tape), failed.path or head.partition(".")[0])
    path = f"{head}.data" if isinstance(result, Data) else f"{head}.data-access-result"
    return Reading(result, "", last_frame(tape), path)


def read_request(listed: ListedObject, index: int, name: int | None) -> Stimulus:
    """The request for one attribute that is expected to be refused."""
    if name is None:
        asked = descriptor(listed, index)
        return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, asked).encode(), f"GET of {asked}")
    return apdu(ReadRequest((VariableName(name),)).encode(), f"Read of {name:04X}")


def write_request(listed: ListedObject, index: int, name: int | None, value: Data) -> Stimulus:
    """The request to write one attribute, in one APDU."""
    if name is None:
        asked = descriptor(listed, index)
        return apdu(SetRequestNormal(INVOKE_ID_AND_PRIORITY, asked, None, value).encode(), f"SET of {asked}")
    return apdu(WriteRequest((VariableName(name),), (value,)).encode(), f"Write of {name:04X}")


def fits(standing: StandingAssociation, request: Stimulus) -> bool:
    """Whether a request fits into one APDU of the meter's size."""
    negotiated = standing.established().negotiated
    longest = 0 if negotiated is None else negotiated.server_max_receive_pdu_size
    return not longest or len(request.octets) + _OVERHEAD <= longest


def write_attribute(
    standing: StandingAssociation, listed: ListedObject, index: int, name: int | None, value: Data
) -> Reaction:
    """Write one attribute, in one APDU where it fits, else in blocks; what answers the last of them.

    Raises:
        PreambleFailed, Inconclusive: the association cannot be opened again.
    """
    request = write_request(listed, index, name, value)
    if fits(standing, request):
        return standing.request(request)
    negotiated = standing.established().negotiated
    size = max(1, (negotiated.server_max_receive_pdu_size if negotiated is not None else 0) - _OVERHEAD)
    long = long_set(descriptor(listed, index), value) if name is None else long_write((VariableName(name),), (value,))
    first, *further = long.blocks(size)
    reaction = standing.request(long.opening(first))
    for block in further:
        reaction = standing.request(long.following(block))
    return reaction


def invocation(listed: ListedObject, index: int, name: int | None, parameter: Data | None) -> Stimulus:
    """The request to invoke one method: ACTION, or with short names the writing of its parameter."""
    if name is None or parameter is None:
        asked = MethodDescriptor(listed.class_id, listed.logical_name, index)
        request = ActionRequestNormal(INVOKE_ID_AND_PRIORITY, asked, parameter)
        return apdu(request.encode(), f"ACTION, class {listed.class_id} {listed} method {index}")
    return apdu(WriteRequest((VariableName(name),), (parameter,)).encode(), f"Write of {name:04X}, method {index}")


def last_frame(tape: Tape) -> int | None:
    """Number of the meter's last frame; None where the last ones are all the client's."""
    frames = tape.frames
    return next((frame.number for frame in reversed(frames[-_LOOKED_BACK:]) if frame.direction == "S>C"), None)
