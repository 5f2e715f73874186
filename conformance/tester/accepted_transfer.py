"""Accepted reactions where information is transferred: what a UA settles on, and I-frames by number and length."""

from __future__ import annotations

from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc import parameters as codec
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.tester.accepted_frames import information_frame, ua
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation
from conformance.tester.reaction import FrameAnswered, Reaction
from conformance.tester.seen import seen

_CONTROL = "hdlc-frame.content.control"
_INFORMATION = "hdlc-frame.content.information"
_UA = ua().acceptances[0]
_I = information_frame().acceptances[0]


def ua_within(proposed: LinkParameters) -> Expectation:
    """UA whose parameters are legal and none above what the client proposed.

    Transmit and receive are meant from the side of whoever sends the frame: what the meter transmits is held against
    what the client receives. A UA without an information field settles on the defaults.
    """
    limits = _limits(proposed)
    words = f"UA with {', '.join(f'{name} ≤ {most}' for name, _, most in limits)}"

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _UA.match(reaction, situation)
        if mismatch is not None:
            return mismatch
        settled = settled_by(reaction)
        if isinstance(settled, Mismatch):
            return settled
        for name, attribute, most in limits:
            value = getattr(settled, attribute)
            if not 1 <= value <= most:
                return Mismatch(f"{name} {value}, expected 1 to {most}", f"parameters.{name}", closeness=4)
        return None

    return expectation(words, match, "parameters")


def ua_settling(wanted: LinkParameters) -> Expectation:
    """UA that settles on exactly these parameters, from the meter's side."""
    names = [(name, attribute) for name, attribute, _ in _limits(wanted)]
    words = f"UA with {', '.join(f'{name} {getattr(wanted, attribute)}' for name, attribute in names)}"

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _UA.match(reaction, situation)
        if mismatch is not None:
            return mismatch
        settled = settled_by(reaction)
        if isinstance(settled, Mismatch):
            return settled
        for name, attribute in names:
            found, expected = getattr(settled, attribute), getattr(wanted, attribute)
            if found != expected:
                return Mismatch(f"{name} {found}, expected {expected}", f"parameters.{name}", closeness=4)
        return None

    return expectation(words, match, "parameters")


def settled_by(reaction: Reaction) -> LinkParameters | Mismatch:
    """What a UA settles on, from the meter's side; why it cannot be read."""
    if not isinstance(reaction, FrameAnswered):
        return Mismatch(f"UA expected; {seen(reaction)}")
    information = reaction.received.information
    if not information:
        return LinkParameters()
    deviations: list[Deviation] = []
    try:
        settled = decode(information, codec.read, "parameters", deviations=deviations)
    except DecodeError as error:
        return Mismatch(f"the parameters of the UA are not readable: {error}", error.path, closeness=3)
    if deviations:
        return Mismatch(f"the parameters of the UA are not legal: {deviations[0]}", "parameters", closeness=3)
    return settled


def numbered(send_number: int, receive_number: int, longest: int | None = None) -> Expectation:
    """An I-frame with this N(S) and this N(R), whose information field has at most `longest` octets."""
    words = f"I-frame with N(S)={send_number}, N(R)={receive_number}"
    if longest is not None:
        words += f" and at most {longest} octets of information"

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _I.match(reaction, situation)
        if mismatch is not None or not isinstance(reaction, FrameAnswered):
            return mismatch
        frame = reaction.received
        control = frame.control
        if control.send_number != send_number:
            return Mismatch(f"N(S)={control.send_number}, not {send_number}", _CONTROL, closeness=3)
        if control.receive_number != receive_number:
            return Mismatch(f"N(R)={control.receive_number}, not {receive_number}", _CONTROL, closeness=4)
        if not frame.information:
            return Mismatch("an I-frame without information", _CONTROL, closeness=5)
        if longest is not None and len(frame.information) > longest:
            size = len(frame.information)
            return Mismatch(f"information field of {size} octets, {longest} negotiated", _INFORMATION, closeness=5)
        return None

    return expectation(words, match, _CONTROL)


def same_again(first: Frame) -> Expectation:
    """The I-frame that was sent before, once more: the same N(S), segmentation bit and information."""
    words = f"the I-frame with N(S)={first.control.send_number} once more, unchanged"

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _I.match(reaction, situation)
        if mismatch is not None or not isinstance(reaction, FrameAnswered):
            return mismatch
        frame = reaction.received
        if frame.control.send_number != first.control.send_number:
            number = first.control.send_number
            return Mismatch(f"N(S)={frame.control.send_number}, not {number}", _CONTROL, closeness=3)
        if frame.control.receive_number != first.control.receive_number:
            number = first.control.receive_number
            return Mismatch(f"N(R)={frame.control.receive_number}, not {number}", _CONTROL, closeness=4)
        if (frame.information, frame.segmented) != (first.information, first.segmented):
            return Mismatch("other information than the first time", _INFORMATION, closeness=5)
        return None

    return expectation(words, match, _CONTROL)


def rej(receive_number: int) -> Expectation:
    """REJ with this N(R), which HDLC has for frames out of sequence, though IEC 62056-46 leaves it out."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        if isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.REJ:
            number = reaction.received.control.receive_number
            if number == receive_number:
                return None
            return Mismatch(f"REJ with N(R)={number}, not {receive_number}", _CONTROL, closeness=3)
        return Mismatch(f"REJ expected; {seen(reaction)}", getattr(reaction, "path", ""))

    return expectation(f"REJ with N(R)={receive_number}", match, _CONTROL)


def unnumbered_information() -> Expectation:
    """A UI frame, whatever it carries."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        if isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.UI:
            return None
        return Mismatch(f"UI expected; {seen(reaction)}", getattr(reaction, "path", ""))

    return expectation("UI", match, _CONTROL)


def _limits(proposed: LinkParameters) -> tuple[tuple[str, str, int], ...]:
    """Each parameter by its name on the line and in our values, with the most that the meter may settle on."""
    return (
        ("max-information-field-length-transmit", "max_information_transmit", proposed.max_information_receive),
        ("max-information-field-length-receive", "max_information_receive", proposed.max_information_transmit),
        ("window-size-transmit", "window_transmit", proposed.window_receive),
        ("window-size-receive", "window_receive", proposed.window_transmit),
    )
