"""From frames of the log to the reactions that they are: what an expectation judges, built again without a meter.

What was deciphered is taken from the log, where the tester has put it; `plain_texts` checks that against the keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning.blocks import Blocks
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered, is_dedicated
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.record.frames import Frame
from conformance.tester.reaction import (
    DisconnectedMode,
    FrameAnswered,
    FrameRejected,
    LinkLost,
    Protected,
    Reaction,
    Reply,
    Silence,
    Unreadable,
)

GENERAL_BLOCK_TRANSFER: Final = 0xE0
_LLC_OCTETS: Final = 3
_SEALED: Final = (ServiceCiphered, GeneralGlobal, GeneralDedicated, GeneralCiphering)
_SILENCE: Final = re.compile(r"silence for ([0-9.e+-]{1,20}) s")
_ACKNOWLEDGED: Final = re.compile(r"no answer for ([0-9.e+-]{1,20}) s, though the meter took the frame \(RR\)")
_UNREADABLE: Final = "unreadable: "
_CLOSED: Final = "link closed: "
_UNOPENED: Final = ") that does not open: "


def apdu_in(frame: Frame) -> bytes | None:
    """The APDU that a frame carries or completes; None where it carries none."""
    if frame.apdu is not None:
        return bytes.fromhex(frame.apdu)
    octets = frame.octets
    if frame.layer == "apdu":
        return octets
    if frame.layer == "wrapper":
        return octets[8:] or None
    if frame.layer != "hdlc":
        return None
    try:
        carried = decode(octets, read_frame, "hdlc-frame", deviations=[])
    except DecodeError:
        return None
    if carried.segmented or carried.control.type not in (FrameType.I, FrameType.UI):
        return None
    return carried.information[_LLC_OCTETS:] or None


def reactions_of(frame: Frame, told: str, *, signed: bool) -> Iterator[Reaction]:
    """What a frame of the meter can have been as a reaction.

    Args:
        frame: of the log.
        told: the reaction in the words of the record; what no octets show, such as why something did not open, is
            taken from there.
        signed: the variant signs what it protects.
    """
    apdu = apdu_in(frame)
    if apdu is not None:
        yield reply_of(frame, apdu, told, signed=signed)
    if frame.layer == "hdlc":
        try:
            received = decode(frame.octets, read_frame, "hdlc-frame", deviations=[])
        except DecodeError:
            pass
        else:
            kind = received.control.type
            if kind is FrameType.FRMR:
                yield FrameRejected(frame.n, _frmr(received.information))
            elif kind is FrameType.DM:
                yield DisconnectedMode(frame.n)
            yield FrameAnswered(frame.n, received)
    if told.startswith(_UNREADABLE):
        yield Unreadable(frame.n, told.removeprefix(_UNREADABLE))


def absence(told: str) -> Reaction | None:
    """The reaction that no frame shows, from the words of the record: silence, or a link that was closed."""
    for pattern, acknowledged in ((_SILENCE, False), (_ACKNOWLEDGED, True)):
        found = pattern.fullmatch(told)
        if found is not None:
            try:
                return Silence(float(found[1]), acknowledged)
            except ValueError:
                return None
    return LinkLost(told.removeprefix(_CLOSED)) if told.startswith(_CLOSED) else None


def reply_of(frame: Frame, apdu: bytes, told: str = "", *, signed: bool = False) -> Reply:
    """What the tester made of an APDU, as far as the log shows it."""
    plain, protected = _opened(frame, apdu, told, signed=signed)
    deviations: list[Deviation] = []
    try:
        value = apdus.decode(plain, deviations=deviations)
    except DecodeError as error:
        return Reply(frame.n, apdu, plain, None, error, tuple(deviations), protected)
    if isinstance(value, Aare | Rlre) and value.user_information is not None:
        inside, sealed = _opened(frame, value.user_information, told, signed=signed)
        initiate: InitiateResponse | ConfirmedServiceError | None = None
        error_inside: DecodeError | CipherError | None = sealed.error if sealed is not None else None
        if error_inside is None:
            try:
                carried = apdus.decode(inside, deviations=[])
            except DecodeError as error:
                error_inside = error
            else:
                initiate = carried if isinstance(carried, InitiateResponse | ConfirmedServiceError) else None
        return Reply(
            frame.n, apdu, plain, value, None, tuple(deviations), protected, initiate, sealed, inside, error_inside
        )
    return Reply(frame.n, apdu, plain, value, None, tuple(deviations), protected)


def joined_blocks(exchange: Sequence[Frame]) -> Iterator[tuple[Frame, bytes]]:
    """What general blocks of the meter carried that came in their order, each with the frame of its last block."""
    blocks = Blocks()
    for frame in exchange:
        apdu = apdu_in(frame) if frame.dir == "S>C" else None
        if apdu is None or apdu[:1] != bytes((GENERAL_BLOCK_TRANSFER,)):
            continue
        try:
            joined = blocks.take(apdus.decode(apdu, deviations=[]))
        except DecodeError:
            continue
        if joined is not None:
            yield frame, joined


def proposal_before(frames: Sequence[Frame], at: int) -> tuple[Aarq | None, InitiateRequest | None]:
    """The AARQ sent last before frame `at`, and its InitiateRequest, as far as they can be read."""
    for frame in reversed(frames):
        if frame.n >= at or frame.dir != "C>S":
            continue
        apdu = apdu_in(frame)
        if apdu is None or apdu[:1] != b"\x60":
            continue
        try:
            aarq = apdus.decode(apdu, deviations=[])
        except DecodeError:
            return None, None
        if not isinstance(aarq, Aarq):
            return None, None
        inside = bytes.fromhex(frame.plain) if frame.plain else aarq.user_information or b""
        try:
            initiate = apdus.decode(inside, deviations=[])
        except DecodeError:
            return aarq, None
        return aarq, initiate if isinstance(initiate, InitiateRequest) else None
    return None, None


def _opened(frame: Frame, octets: bytes, told: str, *, signed: bool) -> tuple[bytes, Protected | None]:
    try:
        value = apdus.decode(octets, deviations=[])
    except DecodeError:
        return octets, None
    plain = bytes.fromhex(frame.plain) if frame.plain is not None else None
    title: bytes | None
    if isinstance(value, GeneralSigning):
        title, control, counter, dedicated = value.originator_system_title, SecurityControl(), 0, False
        signed = True
    elif isinstance(value, _SEALED):
        control, counter, dedicated = value.security_control, value.invocation_counter, is_dedicated(octets[0])
        title = (
            value.originator_system_title
            if isinstance(value, GeneralCiphering)
            else None
            if isinstance(value, ServiceCiphered)
            else value.system_title
        )
    else:
        return octets, None
    error = None
    if plain is None:
        _, _, why = told.partition(_UNOPENED)
        error = CipherError(why or "the frame log holds no plain text of it", reason="tag-invalid")
    found = Protected(octets[0], control, counter, title, dedicated, error, signed=signed)
    return octets if plain is None else plain, found


def _frmr(information: bytes) -> frmr.FrameReject | None:
    try:
        return decode(information, frmr.read, "frmr", deviations=[])
    except DecodeError:
        return None
