"""push() that a meter must not carry out: by a client without the right, and with a parameter that it does not have."""

from conformance.device.model import AssociationSettings
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.push_trials import (
    CLAUSE,
    asked,
    ear,
    hear,
    other_parameters,
    push_request,
    pushes,
    setups_of,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.push_ear import Heard


@case(
    "X_PUSH_N1",
    title="push() by a client without the right",
    clause=CLAUSE,
    applies=pushes(refused=True),
)
@subtests(
    Subtest(
        1,
        "in the associations that are declared to be refused",
        procedure="opens each of them, invokes push(), listens at every declared place",
        accepts="a refusal; nothing is pushed",
    ),
)
def test_push_refused(subtest: Trial) -> None:
    """push() by a client that has no access to the method is refused, and nothing is sent."""
    for setup in setups_of(subtest):
        for name in setup.refused:
            settings = subtest.bench.device.association(name)
            if not _acts(settings):
                subtest.inapplicable(f"association {name}: needs conformance action to be refused push()")
            other = subtest.another(name)
            with subtest.step(f"{name} invokes {push_request(setup).name}"):
                other.establish()
                with ear(subtest, setup, other) as listening:
                    reaction, early = asked(other, push_request(setup))
                    subtest.judge(reaction, method_fails(), association=other)
                    _judge_silence(subtest, [*early, *hear(listening, setup, _listen_s(subtest), 1)])


def _acts(settings: AssociationSettings) -> bool:
    return ConformanceBit.ACTION in settings.conformance


@case("X_PUSH_N2", title="push() with a malformed parameter", clause=CLAUSE, applies=pushes())
@subtests(
    Subtest(
        1,
        "without a parameter",
        procedure="invokes push() without a parameter, listens; then invokes it as it should be",
        accepts="a refusal, and nothing is pushed; push() is served afterwards",
        argument=(None, method_fails() | tolerated(method_succeeds())),
    ),
    Subtest(
        2,
        "a structure",
        procedure="invokes push() with a structure, listens; then invokes it as it should be",
        accepts="a refusal, and nothing is pushed; push() is served afterwards",
        argument=(other_parameters(), method_fails()),
    ),
)
def test_push_malformed(subtest: Trial) -> None:
    """push() takes an integer; with another parameter it is refused, and nothing is sent."""
    assert isinstance(subtest.argument, tuple)
    parameters, accepted = subtest.argument
    assert isinstance(accepted, Expectation)
    for setup in setups_of(subtest):
        with ear(subtest, setup) as listening:
            association = listening.association
            reaction, early = asked(association, push_request(setup, parameters))
            subtest.judge(reaction, accepted, association=association)
            heard = [*early, *hear(listening, setup, _listen_s(subtest), 1)]
            if not subtest.judgements[-1].tolerated:
                _judge_silence(subtest, heard)
            with subtest.step("push() as it should be is served"):
                reaction, _ = asked(association, push_request(setup))
                subtest.judge(reaction, method_succeeds(), association=association)
                hear(listening, setup, _listen_s(subtest), 1, lambda _: True)


def _listen_s(subtest: Trial) -> float:
    return subtest.bench.device.push.timeout_s


def _judge_silence(subtest: Trial, heard: list[Heard]) -> None:
    subtest.check(
        not heard,
        expected="nothing is pushed",
        observed=f"refused, and pushed all the same: {heard[0].reaction}" if heard else "nothing is pushed",
        reaction=heard[0].reaction if heard else None,
    )
