"""The parameter group in the information field of SNRM: other codings, unknown parameters, malformed groups."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import dm, frmr, ua
from conformance.tester.accepted_services import silence
from conformance.tester.accepted_transfer import settled_by, ua_settling, ua_within
from conformance.tester.expectation import Expectation, Mismatch, tolerated
from conformance.tester.frame_stimulus import disc, snrm

_PROPOSED = LinkParameters(100, 100, 1, 1)
_DEFAULT = LinkParameters()
_GROUP = "818012" + "050164" + "060164" + "070400000001" + "080400000001"
"""Both lengths 100 on one octet, both windows 1 on four."""
_REFUSED: Expectation = silence() | ua_within(_DEFAULT) | tolerated(dm() | frmr())
"""A group that cannot be read: the standard demands no reaction, but above the default nothing is settled on."""


def _coded(number: int, title: str, octets: str) -> Subtest:
    return Subtest(number, title, snrm(bytes.fromhex(octets)), ua_within(_PROPOSED), argument=_GROUP)


def _malformed(number: int, title: str, octets: str) -> Subtest:
    return Subtest(number, title, snrm(bytes.fromhex(octets)), _REFUSED)


@case(
    "X_HDLC_PARAMETERS",
    title="HDLC parameters in SNRM",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: parameter negotiation",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    _coded(1, "lengths on two octets", "818014" + "05020064" + "06020064" + "070400000001" + "080400000001"),
    _coded(2, "lengths on four octets", "818018" + "050400000064" + "060400000064" + "070400000001" + "080400000001"),
    _coded(3, "windows on one octet", "81800C" + "050164" + "060164" + "070101" + "080101"),
    _coded(4, "windows on two octets", "81800E" + "050164" + "060164" + "07020001" + "08020001"),
    _coded(5, "an unknown parameter, 0A", "818016" + "050164" + "060164" + "0A020000" + _GROUP[18:]),
    _coded(6, "parameters in another order", "818012" + _GROUP[18:] + "060164" + "050164"),
    Subtest(
        7,
        "one parameter only: the others have their default",
        snrm(bytes.fromhex("818003" + "050164")),
        ua_within(LinkParameters(100, 128, 1, 1)),
    ),
    Subtest(8, "an empty group", snrm(bytes.fromhex("818000")), ua_within(_DEFAULT)),
    Subtest(
        9,
        "windows of 8, lengths of 2031: above what there is",
        snrm(bytes.fromhex("818014" + "050207EF" + "060207EF" + "070400000008" + "080400000008")),
        ua_within(LinkParameters(2030, 2030, 7, 7)) | silence() | tolerated(dm() | frmr()),
    ),
    _malformed(10, "group length one too long", "818013" + _GROUP[6:]),
    _malformed(11, "group length one too short", "818011" + _GROUP[6:]),
    _malformed(12, "group length FF", "8180FF" + _GROUP[6:]),
    _malformed(13, "last parameter cut short", "818011" + _GROUP[6:-2]),
    _malformed(14, "unknown format identifier, 82", "82" + _GROUP[2:]),
    _malformed(15, "a length of 0", "818012" + "050100" + "060100" + _GROUP[18:]),
    _malformed(16, "a window of 0", "818012" + "050164" + "060164" + "070400000000" + "080400000000"),
)
def test_hdlc_parameters(subtest: Trial) -> None:
    """Parameters are read by their own lengths, absent ones have their default, and no group disturbs the meter.

    A legal group in another coding settles on what the usual one settles on. After whatever else, the meter is
    disconnected, or answers DISC with UA, and is set up again.
    """
    probe = subtest.probe()
    probe.clean()
    wanted: Expectation | None = None
    if isinstance(subtest.argument, str):
        with subtest.step("the same in the usual coding"):
            usual = probe.send(snrm(bytes.fromhex(subtest.argument)))
            subtest.judge(usual, ua_within(_PROPOSED))
            settled = settled_by(usual)
            wanted = None if isinstance(settled, Mismatch) else ua_settling(settled)
        probe.release()
    reaction = probe.send(subtest.stimulus)
    subtest.judge(reaction)
    if wanted is not None:
        with subtest.step("what is settled on is the same"):
            subtest.judge(reaction, wanted)
    with subtest.step("DISC"):
        subtest.judge(probe.send(disc()), ua() | dm())
    probe.set_up()
