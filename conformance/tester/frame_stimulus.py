"""Single HDLC frames as stimuli, for the bare link: each is sent once, with the device's own addresses.

They are altered by the paths of the frame: `hdlc-frame.opening-flag`, `hdlc-frame.content.format`,
`….destination-address`, `….source-address`, `….control`, `….hcs`, `….information`, `….fcs`, `hdlc-frame.closing-flag`.
Lengths and check sequences that are not altered themselves follow.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.tester.stimulus import Destination, Stimulus, Template


def snrm(parameters: bytes | LinkParameters | None = None) -> Stimulus:
    """SNRM with P; `parameters` is its information field, None for none."""
    information = parameters.encode() if isinstance(parameters, LinkParameters) else parameters or b""
    return _frame(Control(FrameType.SNRM, True), information)


def disc() -> Stimulus:
    """DISC with P."""
    return _frame(Control(FrameType.DISC, True))


def rr(receive_number: int = 0) -> Stimulus:
    """RR with P and this N(R)."""
    return _frame(Control(FrameType.RR, True, receive_number))


def rnr(receive_number: int = 0) -> Stimulus:
    """RNR with P and this N(R)."""
    return _frame(Control(FrameType.RNR, True, receive_number))


def information(
    octets: str | bytes, send: int = 0, receive: int = 0, *, segmented: bool = False, poll: bool = True
) -> Stimulus:
    """An I-frame with these octets, LLC header included, N(S) `send` and N(R) `receive`."""
    return _frame(Control(FrameType.I, poll, receive, send), _octets(octets), segmented=segmented)


def ui(octets: str | bytes, *, poll: bool = False) -> Stimulus:
    """A UI frame with these octets, LLC header included."""
    return _frame(Control(FrameType.UI, poll), _octets(octets))


def frame(control_octet: int, information: str | bytes = b"") -> Stimulus:
    """A frame with any control field, defined or not."""
    return _frame(Control.decode(control_octet), _octets(information), octet=control_octet)


def addressed(stimulus: Stimulus, destination: Destination = Destination.OWN, octets: int | None = None) -> Stimulus:
    """The same frame to another destination, or to an address on another number of octets.

    1, 2 and 4 octets are legal; on any other number the address is coded in the same way, seven bits an octet.
    """
    return replace(stimulus, destination=destination, address_octets=octets)


def on_the_line(octets: str | bytes, name: str = "") -> Stimulus:
    """Octets that are sent as they are, whatever they are."""
    return Stimulus(Template.LINE, octets=_octets(octets), name=name)


def _frame(
    control: Control, information: bytes = b"", *, segmented: bool = False, octet: int | None = None
) -> Stimulus:
    """The control field as an octet: every octet is one, also those that the standard does not define."""
    return Stimulus(
        Template.FRAME,
        octets=information,
        name=str(control),
        control=control.encode() if octet is None else octet,
        segmented=segmented,
    )


def _octets(octets: str | bytes) -> bytes:
    return bytes.fromhex(octets) if isinstance(octets, str) else bytes(octets)
