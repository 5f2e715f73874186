"""What a meter does below its APDUs, and what that means: silence, DM, FRMR, echoes, broken frames, a missing LLC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.diagnose.finding import Finding, Meaning
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperPdu
from conformance.dlms.wrapper import read as read_pdu
from conformance.link.line_signs import line_sign


@dataclass(frozen=True, slots=True)
class LinkPdu:
    """One frame or wrapper PDU of an exchange.

    Attributes:
        direction: `C>S` from the client, `S>C` from the meter.
        layer: what the octets are; `octets` when they are neither frame nor PDU.
        octets: as on the line.
    """

    direction: Literal["C>S", "S>C"]
    layer: Literal["hdlc", "wrapper", "octets"]
    octets: bytes


NO_REPLY = {
    "hdlc": Meaning(
        "no-reply",
        "The meter answers nothing at all. In order of likelihood: HDLC address or client SAP unknown, link parameters "
        "or opening of the line wrong, an earlier association still held.",
        "Check server_lower, address_length, logical_device and client_sap; then the line itself.",
    ),
    "wrapper": Meaning(
        "no-reply",
        "The meter answers nothing at all. In order of likelihood: wPort of the logical device or of the client "
        "unknown (such an APDU is dropped without a word), an earlier association still held.",
        "Check logical_device and client_sap, which are the wPorts.",
    ),
}
UNANSWERED = Meaning(
    "request-unanswered",
    "The link works, and this request got no answer: the meter drops what it cannot take.",
    "Compare the request with one that is answered: LLC header, SAPs, protection, invocation counter.",
)
DISCONNECTED = Meaning(
    "disconnected-mode",
    "DM: the data link is not connected. No SNRM came before, the meter did not take it, or the link timed out.",
    "Set the link up with SNRM first; compare the pause before this frame with inactivity_timeout_s.",
)
ECHO = Meaning(
    "echo",
    "What was received is what was sent: the line echoes, and the meter has not spoken.",
    "Set echo=true in the link URL for a head or a transceiver that hears itself; else look at the wiring.",
)
LLC_OF_COMMAND = Meaning(
    "llc-header-missing",
    "The information field of the request does not begin with the LLC header E6 E6 00.",
    "Set llc = true under [hdlc], unless the maker says that this meter has no LLC.",
)
LLC_OF_RESPONSE = Meaning(
    "llc-header-wrong",
    "The information field of the reply does not begin with the LLC header E6 E7 00.",
    "Set llc = false under [hdlc] if the maker says so; else the meter is at fault.",
)
PORTS = Meaning(
    "wrapper-ports-not-swapped",
    "The reply is not between the wPorts of the request.",
    "Check logical_device and client_sap; a reply swaps the ports of its request.",
)
FRAME_REJECTED = {
    "w": Meaning(
        "frame-rejected-w",
        "FRMR with W: the meter does not know the control field of the frame. Where that was an I-frame, it takes no "
        "numbered information on this link.",
        "Check the profile of the meter; some take unnumbered information (UI, 13) only.",
    ),
    "x": Meaning(
        "frame-rejected-x",
        "FRMR with X: an information field stood where none is permitted.",
        "Look at the frame named in the FRMR.",
    ),
    "y": Meaning(
        "frame-rejected-y",
        "FRMR with Y: the information field is longer than the negotiated maximum.",
        "Keep to the max_information_field_length_receive of the meter's UA.",
    ),
    "z": Meaning(
        "frame-rejected-z",
        "FRMR with Z: N(R) acknowledges what the meter never sent.",
        "Both sides count differently: set the link up anew, and look at the N(R) before.",
    ),
}


def explain_link(pdus: Sequence[LinkPdu]) -> Iterator[Finding]:
    """What the signs of the data link in an exchange mean; `Finding.index` counts in `pdus`."""
    yield from _unanswered(pdus)
    yield from _line(pdus)
    for index, pdu in enumerate(pdus):
        if pdu.direction == "S>C" and index and pdus[index - 1] == LinkPdu("C>S", pdu.layer, pdu.octets):
            yield ECHO.finding(index, "")
        elif pdu.layer == "hdlc":
            yield from _frame(index, pdu)
        elif pdu.layer == "wrapper" and pdu.direction == "S>C":
            yield from _wrapper(index, pdu, pdus[:index])


def _line(pdus: Sequence[LinkPdu]) -> Iterator[Finding]:
    """A line that is set wrong: nothing that came can be read, and what came shows how."""
    received = [index for index, pdu in enumerate(pdus) if pdu.direction == "S>C"]
    if not received or any(pdus[index].layer != "octets" and _readable(pdus[index]) for index in received):
        return
    sign = line_sign(b"".join(pdus[index].octets for index in received))
    if sign is not None and pdus[received[0]].layer != "wrapper":
        yield Finding(sign.code, "error", received[0], "", sign.message, sign.suggestion)


def _unanswered(pdus: Sequence[LinkPdu]) -> Iterator[Finding]:
    """Silence: of the meter as a whole, or towards the first request that nothing follows."""
    sent = [index for index, pdu in enumerate(pdus) if pdu.direction == "C>S"]
    if not sent:
        return
    if len(sent) == len(pdus):
        if pdus[sent[0]].layer in NO_REPLY and _readable(pdus[sent[0]]):
            yield NO_REPLY[pdus[sent[0]].layer].finding(sent[0], "")
        return
    for index in sent:
        last = index + 1 == len(pdus)
        if (last or pdus[index + 1].direction == "C>S") and _asks(pdus[index]):
            yield UNANSWERED.finding(index, "", "warning")
            return


def _frame(index: int, pdu: LinkPdu) -> Iterator[Finding]:
    try:
        frame = decode(pdu.octets, read_frame, "hdlc-frame")
    except DecodeError as error:
        yield _broken(index, pdu, error)
        return
    information = frame.information
    match frame.control.type:
        case FrameType.DM:
            yield DISCONNECTED.finding(index, "hdlc-frame.content.control")
        case FrameType.FRMR:
            yield from _rejected(index, information)
        case FrameType.I if not frame.segmented and pdu.direction == "C>S" and _begins_apdu(information):
            yield LLC_OF_COMMAND.finding(index, "hdlc-frame.content.information", "warning")
        case FrameType.I if not frame.segmented and pdu.direction == "S>C" and _begins_apdu(information):
            yield LLC_OF_RESPONSE.finding(index, "hdlc-frame.content.information", "warning")


def _begins_apdu(information: bytes) -> bool:
    """Whether an APDU begins where an LLC header should; the last of several segments begins anyhow."""
    return information[:1] in _OPENINGS and not information.startswith((COMMAND_HEADER, RESPONSE_HEADER))


_OPENINGS = (b"\x60", b"\x61")
"""Tags of AARQ and AARE: the frames in which a missing header can be told for sure."""


def _rejected(index: int, information: bytes) -> Iterator[Finding]:
    try:
        reject = decode(information, frmr.read, "frmr", deviations=[])
    except DecodeError as error:
        text = f"FRMR whose information field is not readable: {error}"
        yield Finding("frame-rejected", "error", index, "hdlc-frame.content.information", text, "")
        return
    for bit, meaning in FRAME_REJECTED.items():
        if getattr(reject, bit):
            yield meaning.finding(index, "hdlc-frame.content.information")


def _broken(index: int, pdu: LinkPdu, error: DecodeError) -> Finding:
    if pdu.direction == "C>S":
        message = f"The client's own frame is broken: {error}. Silence is the right answer to it."
        return Finding(
            "own-frame-broken", "info", index, error.path, message, "Mend the client, unless it is the test."
        )
    message = f"The frame from the meter is broken: {error}."
    return Finding("frame-broken", "error", index, error.path, message, "Look at the line first, then at the meter.")


def _wrapper(index: int, pdu: LinkPdu, before: Sequence[LinkPdu]) -> Iterator[Finding]:
    reply = _wrapper_pdu(pdu)
    request = next((_wrapper_pdu(item) for item in reversed(before) if item.direction == "C>S"), None)
    if reply is None:
        yield Finding("wrapper-pdu-broken", "error", index, "wrapper", "The wrapper PDU is broken.", "")
    elif request is not None and (reply.source, reply.destination) != (request.destination, request.source):
        yield PORTS.finding(index, "wrapper.source-wport")


def _wrapper_pdu(pdu: LinkPdu) -> WrapperPdu | None:
    try:
        return decode(pdu.octets, read_pdu, "wrapper", deviations=[])
    except DecodeError:
        return None


def _hdlc_frame(pdu: LinkPdu) -> Frame | None:
    try:
        return decode(pdu.octets, read_frame, "hdlc-frame")
    except DecodeError:
        return None


def _readable(pdu: LinkPdu) -> bool:
    return (_hdlc_frame(pdu) if pdu.layer == "hdlc" else _wrapper_pdu(pdu)) is not None


def _asks(pdu: LinkPdu) -> bool:
    """Whether a meter must answer it: a sound frame that polls for more than the end of the link."""
    if pdu.layer != "hdlc":
        return _wrapper_pdu(pdu) is not None
    frame = _hdlc_frame(pdu)
    return frame is not None and frame.control.poll_final and frame.control.type is not FrameType.DISC
