"""The opening of IEC 62056-21, mode E, before the line speaks HDLC."""

from conformance.device.model import Profile
from conformance.harness.applicability import Condition, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.trial import Trial
from conformance.link.opening import OpeningFailed
from conformance.link.url import MODE_E, parse_url
from conformance.tester.accepted_services import silence
from conformance.tester.frame_stimulus import snrm

_FALLS_BACK = 1.1
"""Times the inactivity timeout, after which a meter without a link waits for a sign-on again."""


def _opens_in_mode_e(link: str) -> bool:
    url = parse_url(link)
    return url.serial is not None and url.serial.opening == MODE_E


_mode_e = Condition(
    "a link that is opened in mode E (opening=mode-e in its URL)", lambda claim: _opens_in_mode_e(claim.device.link)
)


@case(
    "X_HDLC_MODE_E",
    title="Opening in mode E",
    clause="IEC 62056-21, protocol mode E",
    applies=profile(Profile.HDLC) & _mode_e,
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "sign-on, then HDLC",
        procedure="sends /?! at 300 baud, selects the offered rate and mode E, then SNRM and DISC at that rate",
        accepts="an identification with \\2 and a known rate, the selection confirmed as it was sent (or not at all); "
        "then UA, UA",
    ),
    Subtest(
        2,
        "sign-on once more",
        procedure="signs on, sends DISC, closes the line, waits for the inactivity timeout, signs on again",
        accepts="the same as the first time",
        waits=lambda device: _FALLS_BACK * device.hdlc.inactivity_timeout_s,
    ),
    Subtest(
        3,
        "HDLC without a sign-on",
        procedure="lets the inactivity timeout pass, sends SNRM without a sign-on, then signs on and sends SNRM",
        accepts="silence; then UA",
        waits=lambda device: _FALLS_BACK * device.hdlc.inactivity_timeout_s,
    ),
)
def test_hdlc_mode_e(subtest: Trial) -> None:
    """The meter identifies itself at 300 baud, goes over to HDLC when that is selected, and not before.

    A meter that is meant to take HDLC directly too should be reached without the opening; declared with it, an SNRM
    before the sign-on must stay without an answer.
    """
    match subtest.number:
        case 1:
            _signs_on(subtest)
        case 2:
            _signs_on(subtest)
            _fall_back(subtest)
            _signs_on(subtest)
        case _:
            _fall_back(subtest)
            with subtest.step("SNRM without a sign-on"):
                probe = subtest.probe(sign_on=False)
                subtest.judge(probe.send(snrm()), silence())
                probe.close()
            _signs_on(subtest)


def _signs_on(subtest: Trial) -> None:
    """Judge that the opening leads to HDLC."""
    with subtest.step("sign-on"):
        try:
            probe = subtest.probe()
        except OpeningFailed as failed:
            if not failed.answered:
                raise
            subtest.fail(str(failed))
    probe.clean()
    probe.set_up()
    probe.release()
    probe.close()


def _fall_back(subtest: Trial) -> None:
    timeout_s = subtest.bench.device.hdlc.inactivity_timeout_s
    if timeout_s == 0:
        subtest.inapplicable("no inactivity timeout is declared: a meter in HDLC need not fall back to the sign-on")
    subtest.wait(_FALLS_BACK * timeout_s, "the meter falls back from HDLC to the sign-on")
