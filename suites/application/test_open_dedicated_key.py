"""The dedicated key of the InitiateRequest."""

from conformance.device.model import AssociationSettings, Protection
from conformance.harness.applicability import ciphered, dedicated_key, not_ciphered
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import question
from conformance.tester.stimulus import aarq, raw

_REJECTED = rejected(result=None)
_ANY_KEY = bytes(range(0x40, 0x50))
_LENGTHS = (15, 17, 32)
_LENGTHS_OF_SUITE_2 = (16, 31, 33)


@case(
    "T_APPL_OPEN_9",
    title="xDLMS InitiateRequest: dedicated-key",
    clause="IEC 62056-5-3, xDLMS InitiateRequest",
)
@subtests(
    Subtest(
        1,
        "dedicated key in an association without ciphering",
        aarq(dedicated_key=_ANY_KEY),
        _REJECTED | tolerated(accepted()),
        applies=not_ciphered,
    ),
    Subtest(
        2,
        "dedicated keys of wrong lengths",
        procedure="sends the AARQ as declared with dedicated keys of 15, 17 and 32 octets (suite 2: 16, 31, 33)",
        expectation=_REJECTED,
        applies=ciphered,
    ),
    Subtest(
        3,
        "two associations with different dedicated keys",
        procedure="opens, asks under the dedicated key, closes; opens with another key, asks under that and the first",
        accepts="the second key serves, the first is refused",
        applies=dedicated_key,
    ),
)
def test_appl_open_9(subtest: Trial) -> None:
    """A dedicated key goes with ciphering, has the length of the security suite, and dies with its association."""
    match subtest.number:
        case 1:
            judge_opening(subtest)
        case 2:
            _wrong_lengths(subtest)
        case _:
            _dies_with_its_association(subtest)


def _wrong_lengths(subtest: Trial) -> None:
    suite_2 = subtest.settings.security_suite == 2
    for octets in _LENGTHS_OF_SUITE_2 if suite_2 else _LENGTHS:
        with subtest.step(f"{octets} octets"):
            association = subtest.another()
            judge_opening(subtest, aarq(dedicated_key=subtest.random.randbytes(octets)), association=association)
            association.close()


def _dies_with_its_association(subtest: Trial) -> None:
    form = dedicated_form(subtest.settings)
    octets = subtest.settings.key_octets
    keys = subtest.random.randbytes(octets), subtest.random.randbytes(octets)
    with subtest.step("the first key serves its association"):
        first = subtest.another(protection=form)
        first.establish(aarq(dedicated_key=keys[0]))
        subtest.alive(first)
        first.release()
        first.close()
    second = subtest.another(protection=form)
    second.establish(aarq(dedicated_key=keys[1]))
    with subtest.step("the second key serves the next one"):
        subtest.alive(second)
    with subtest.step("the first key does not"):
        protected = second.security.protect(question(second).octets, form, key=keys[0])
        reaction = second.request(raw(protected, "the same question under the first key"))
        subtest.judge(reaction, NOT_SERVED, association=second)
    with subtest.step("the second key still does"):
        subtest.alive(second)


def dedicated_form(settings: AssociationSettings) -> Protection:
    """The first declared protection under the dedicated key."""
    return next(form for form in settings.protections if form.dedicated)
