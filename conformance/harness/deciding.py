"""Finding the octets that decide a verdict: from a field path to octets of the APDU on the tape."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Field
from conformance.dlms.hdlc import frmr, parameters
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode, dissect
from conformance.dlms.wrapper import read as read_pdu
from conformance.record.model import DecidingOctets
from conformance.tester.tape import TapedFrame

_LLC_OCTETS = 3
_OF_THE_LINK = {"hdlc-frame": None, "frmr": FrameType.FRMR, "parameters": FrameType.UA}
"""Messages of the data link, each with the kind of the frame that carries it."""


def deciding_octets(frame: TapedFrame, path: str, number: int) -> DecidingOctets | None:
    """The octets of the field at `path`, or of the innermost field around it that the message has.

    Args:
        frame: the frame that completed the APDU, or that the message stands in.
        path: dotted path of the field, its first name the message's: `hdlc-frame`, `frmr` and `parameters` are the
            frame itself and the information field of FRMR and of UA, `wrapper` is the wrapper PDU.
        number: of the frame in the frame log.
    """
    for octets, root in _messages(frame, path.partition(".")[0]):
        found = _nearest(root, path)
        if found is not None:
            where, field = found
            shown = octets[field.start : field.end]
            return DecidingOctets(
                frame=number, path=where, start=field.start, end=field.end, octets=shown[:64].hex().upper()
            )
    return None


def apdu_of(frame: TapedFrame) -> bytes | None:
    """The APDU that a frame carries or completes; None where it carries none."""
    if frame.apdu is not None:
        return frame.apdu
    try:
        if frame.layer == "wrapper":
            return decode(frame.octets, read_pdu, "wrapper").data
        carried = decode(frame.octets, read_frame, "hdlc-frame")
    except DecodeError:
        return None
    if carried.segmented or carried.control.type not in (FrameType.I, FrameType.UI):
        return None
    return carried.information[_LLC_OCTETS:] or None


def _messages(frame: TapedFrame, name: str) -> Iterator[tuple[bytes, Field]]:
    """The messages that a path beginning with `name` may mean, each with its fields."""
    if name == "wrapper":
        yield frame.octets, dissect(frame.octets, read_pdu, "wrapper").root
        return
    if name not in _OF_THE_LINK:
        for octets in _apdus(frame):
            yield octets, apdus.dissect(octets).root
        return
    dissection = dissect(frame.octets, read_frame, "hdlc-frame")
    if name == "hdlc-frame":
        yield frame.octets, dissection.root
    elif dissection.value is not None and dissection.value.control.type is _OF_THE_LINK[name]:
        information = dissection.value.information
        read = frmr.read if name == "frmr" else parameters.read
        yield information, dissect(information, read, name).root


def _apdus(frame: TapedFrame) -> Iterator[bytes]:
    """The APDUs of a frame, innermost first."""
    if frame.plain:
        yield frame.plain
    apdu = apdu_of(frame)
    if apdu is None:
        return
    yield apdu
    try:
        value = apdus.decode(apdu, deviations=[])
    except DecodeError:
        return
    if isinstance(value, Aare) and value.user_information:
        yield value.user_information


def _nearest(root: Field, path: str) -> tuple[str, Field] | None:
    names = path.split(".")
    if names[0] != root.name:
        return None
    for count in range(len(names), 0, -1):
        where = ".".join(names[:count])
        found = root.find(where)
        if found is not None:
            return where, found
    return None
