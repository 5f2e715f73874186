"""SNRM on a link that is set up already."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.openings import NOT_SERVED, nothing_served
from conformance.harness.transfer_requests import long_reply, long_request
from conformance.harness.trial import Trial
from conformance.tester.data_link.data_link import SetUpFailed

_SMALL = 64


@case(
    "X_HDLC_SNRM_IN_NRM",
    title="SNRM in normal response mode",
    clause="IEC 62056-46, 6.4.5 State transition diagram for the server MAC sub-layer; ISO/IEC 13239, SNRM",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "sequence numbers begin anew",
        procedure="sends the AARQ as declared, SNRM, then the AARQ again with N(S)=0",
        accepts="an AARE that accepts, UA, an AARE that accepts with N(S)=0 and N(R)=1",
    ),
    Subtest(
        2,
        "the association is closed",
        procedure="opens as declared, sends SNRM, asks for the logical_name",
        accepts=f"UA; then {NOT_SERVED}",
    ),
    Subtest(
        3,
        "a reply that was not fetched is dropped",
        procedure=f"proposes {_SMALL} octets, reads targets.long_readable, sends SNRM after the first I-frame, then RR",
        accepts="UA; then RR with N(R)=0",
        applies=long_reply,
    ),
)
def test_hdlc_snrm_in_nrm(subtest: Trial) -> None:
    """SNRM on a link that is set up begins it anew: numbers from 0, nothing waiting, no association."""
    if subtest.number == 2:
        _association_closed(subtest)
        return
    probe = subtest.probe()
    probe.clean()
    transfer = NumberedTransfer(subtest, probe, LinkParameters(_SMALL, _SMALL))
    transfer.open()
    if subtest.number == 1:
        NumberedTransfer(subtest, probe, LinkParameters(_SMALL, _SMALL)).open()
        return
    with subtest.step("the reply begins"):
        transfer.take(transfer.send(long_request(subtest)))
    if not transfer.received[-1].segmented:
        subtest.inconclusive("the reply fits one I-frame; declare a longer targets.long_readable")
    probe.set_up()
    probe.nrm_check()


def _association_closed(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    subtest.alive()
    with subtest.step("SNRM"):
        try:
            association.data_link.set_up()
        except SetUpFailed as failed:
            subtest.fail(f"SNRM is not answered with UA: {failed.reaction}", reaction=failed.reaction)
    with subtest.step("nothing is served"):
        nothing_served(subtest)
