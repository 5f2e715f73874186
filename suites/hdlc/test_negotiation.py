"""What is settled when the link is set up, and that it is kept to: information field length and window."""

from dataclasses import replace

from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import cut, long_reply, long_request, opening, serves_plainly
from conformance.harness.trial import Trial

_SMALL = 64
"""Octets of information, so that replies need many frames."""


def _lengths(octets: int) -> LinkParameters:
    return LinkParameters(octets, octets)


def _windows(frames: int) -> LinkParameters:
    return LinkParameters(_SMALL, _SMALL, frames, frames)


def _length(number: int, title: str, proposed: LinkParameters | None) -> Subtest:
    return Subtest(
        number,
        title,
        procedure="sets the link up, opens as declared, and reads targets.long_readable where it can be read plainly",
        accepts="UA with values not above the proposed ones (128 octets where there are none), no I-frame above them",
        argument=proposed,
    )


@case(
    "T_HDLC_NDM2NRM_P1",
    title="Negotiation of the maximum information field length",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: parameter negotiation",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    _length(1, "no parameters: the default of 128 octets", None),
    _length(2, "128 octets", _lengths(128)),
    _length(3, "2030 octets", _lengths(2030)),
    _length(4, "64 octets, below the default", _lengths(_SMALL)),
)
def test_hdlc_ndm2nrm_p1(subtest: Trial) -> None:
    """No information field is longer than what the client has proposed, nor than what the UA has settled on."""
    probe = subtest.probe()
    probe.clean()
    proposed = subtest.argument
    assert proposed is None or isinstance(proposed, LinkParameters)
    transfer = NumberedTransfer(subtest, probe, proposed)
    transfer.open()
    if subtest.settings.targets.long_readable is not None and serves_plainly(subtest.settings):
        with subtest.step("long reply"):
            transfer.value(transfer.send(long_request(subtest)))


@case(
    "T_HDLC_NDM2NRM_P2",
    title="Negotiation and use of the window",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: parameter negotiation",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    *(
        Subtest(
            number,
            f"window {frames}, in replies",
            procedure=f"sets the link up with window {frames} and {_SMALL} octets, reads targets.long_readable",
            accepts=f"UA with windows not above {frames}; no more I-frames before an acknowledgement",
            applies=long_reply,
            argument=frames,
        )
        for number, frames in enumerate((1, 4, 7), start=1)
    ),
    *(
        Subtest(
            number,
            f"window {frames}, in requests",
            procedure=f"sets the link up with window {frames}, sends the AARQ in as many I-frames as the meter's "
            "window holds, the P bit in the last one only",
            accepts="an AARE that accepts, its N(R) counting every frame of the window",
            argument=frames,
        )
        for number, frames in enumerate((4, 7), start=4)
    ),
)
def test_hdlc_ndm2nrm_p2(subtest: Trial) -> None:
    """The window is not above the proposed one, and as many I-frames as settled on go without an acknowledgement."""
    probe = subtest.probe()
    probe.clean()
    frames = subtest.argument
    assert isinstance(frames, int)
    if subtest.number <= 3:
        transfer = NumberedTransfer(subtest, probe, _windows(frames))
        transfer.open()
        with subtest.step("long reply"):
            transfer.value(transfer.send(long_request(subtest)))
        return
    transfer = NumberedTransfer(subtest, probe, replace(_windows(frames), max_information_transmit=128))
    window = transfer.negotiated.window_receive
    if window == 1:
        subtest.inapplicable(f"the meter settles on a receive window of 1 where {frames} is proposed")
    message = opening(subtest)
    segments = cut(message, -(-len(message) // window))
    with subtest.step(f"the AARQ in {len(segments)} I-frames, one poll"):
        for segment in segments[:-1]:
            transfer.transmit(segment, segmented=True, poll=False)
        transfer.opened(transfer.send(segments[-1]))
