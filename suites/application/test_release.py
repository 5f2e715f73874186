"""The end of an association."""

from conformance.device.model import Profile
from conformance.harness.applicability import over_a_stream, profile
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, nothing_served, still_opens
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import released
from conformance.tester.accepted_services import exception, frame_reject, link_released, service_error, silence
from conformance.tester.data_link.data_link import SetUpFailed
from conformance.tester.expectation import Expectation, tolerated

_TIMES = 20
_RELEASED_OR_REFUSED: Expectation = (
    released() | exception() | service_error() | tolerated(silence() | frame_reject() | link_released())
)
"""To an RLRQ without an association."""


@case(
    "T_APPL_REL_P1",
    title="Release of an association",
    clause="IEC 62056-5-3, COSEM-RELEASE service",
)
@subtests(
    Subtest(
        1,
        "RLRQ",
        procedure="opens as declared, sends an RLRQ, then asks for the current association's logical_name",
        accepts=f"RLRE; then {NOT_SERVED}",
    ),
    Subtest(
        2,
        "link dropped",
        procedure="opens as declared, closes the line without a word, asks for the logical_name on a new link",
        accepts=str(NOT_SERVED),
        applies=over_a_stream,
    ),
    Subtest(
        3,
        "RLRQ without an association",
        procedure="sends an RLRQ in the idle state, then opens as declared",
        accepts=f"{_RELEASED_OR_REFUSED}; then the association as declared",
    ),
    Subtest(
        4,
        "release and re-open",
        procedure=f"opens as declared, asks for the logical_name, sends an RLRQ, {_TIMES} times on one link",
        accepts="each time the association as declared, the logical_name, RLRE",
    ),
    Subtest(
        5,
        "data link released",
        procedure="opens as declared, sends DISC, sets the data link up again, asks for the logical_name",
        accepts=str(NOT_SERVED),
        applies=profile(Profile.HDLC),
    ),
)
def test_appl_rel_p1(subtest: Trial) -> None:
    """An association ends with RLRQ or with its data link, serves nothing afterwards, and can be opened again."""
    match subtest.number:
        case 1:
            _release(subtest)
        case 2:
            _drop(subtest)
        case 3:
            _release_when_idle(subtest)
        case 4:
            _release_and_open_again(subtest)
        case _:
            _release_the_data_link(subtest)


def _release(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    with subtest.step("RLRQ"):
        subtest.judge(association.release(), released())
    with subtest.step("nothing is served"):
        nothing_served(subtest)


def _drop(subtest: Trial) -> None:
    first = subtest.association
    first.establish()
    subtest.alive()
    first.drop()
    with subtest.step("nothing is served on a new link"):
        nothing_served(subtest, subtest.another())


def _release_when_idle(subtest: Trial) -> None:
    association = subtest.association
    with subtest.step("RLRQ"):
        subtest.judge(association.release(), _RELEASED_OR_REFUSED)
    with subtest.step("the association then opens as declared and serves"):
        still_opens(subtest)


def _release_and_open_again(subtest: Trial) -> None:
    association = subtest.association
    for turn in range(1, _TIMES + 1):
        with subtest.step(f"turn {turn}"):
            still_opens(subtest)
            subtest.judge(association.release(), released())


def _release_the_data_link(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    subtest.alive()
    association.data_link.release()
    try:
        association.data_link.set_up()
    except SetUpFailed as failed:
        subtest.fail(f"the data link does not come up again after DISC: {failed.reaction}")
    with subtest.step("nothing is served on the new data link"):
        nothing_served(subtest)
