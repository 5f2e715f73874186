"""The LLC header before each APDU."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.harness.applicability import Condition, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import frmr, receive_ready
from conformance.tester.accepted_services import silence
from conformance.tester.expectation import Expectation, tolerated

_DROPPED: Expectation = receive_ready(1) | tolerated(silence() | receive_ready(0) | frmr())
_with_llc = Condition("LLC headers (hdlc.llc in the device config)", lambda claim: claim.device.hdlc.llc)


@case(
    "X_HDLC_LLC",
    title="LLC header",
    clause="IEC 62056-46, 5.3.2 LLC protocol data unit structure",
    applies=profile(Profile.HDLC) & _with_llc,
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "APDU without LLC header",
        procedure="sends the AARQ as declared without E6 E6 00 before it; then, on a new link, with it",
        accepts=f"{_DROPPED}; then an AARE that accepts",
        argument=b"",
    ),
    Subtest(
        2,
        "LLC header of responses",
        procedure="sends the AARQ as declared with E6 E7 00 before it; then, on a new link, with E6 E6 00",
        accepts=f"{_DROPPED}; then an AARE that accepts",
        argument=RESPONSE_HEADER,
    ),
)
def test_hdlc_llc(subtest: Trial) -> None:
    """An APDU without the LLC header of commands is taken by the link, and not delivered."""
    probe = subtest.probe()
    probe.clean()
    header = subtest.argument
    assert isinstance(header, bytes)
    transfer = NumberedTransfer(subtest, probe)
    message = (header + opening(subtest)[len(COMMAND_HEADER) :])[: transfer.negotiated.max_information_receive]
    with subtest.step(f"AARQ behind {header.hex(' ').upper() or 'no LLC header'}"):
        subtest.judge(transfer.send(message), _DROPPED)
    with subtest.step("a new link"):
        NumberedTransfer(subtest, probe).open()
