"""The wrapper over UDP: one PDU, one datagram."""

from conformance.device.model import Profile
from conformance.harness.applicability import Claim, another_client, other_clients, over_datagrams, profile, target
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.serving import opens_and_serves, still_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import rejected, released
from conformance.tester.accepted_services import exception, service_error, silence
from conformance.tester.expectation import Expectation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.segments import Segments
from conformance.tester.stimulus import Layer, aarq
from conformance.tester.transfer import TransferFailed, get, read

_NO_EFFECT: Expectation = silence()
_NOT_OPENED: Expectation = silence() | rejected(result=None) | exception() | service_error()
_PART = 12
_TURNS = 3


@case(
    "X_WRAPPER_UDP",
    title="The wrapper over UDP",
    clause="IEC 62056-47, COSEM UDP-based transport layer",
    applies=profile(Profile.WRAPPER) & over_datagrams,
    scope=Scope.ASSOCIATION,
)
@subtests(
    Subtest(
        1,
        "association, service, release",
        procedure="opens as declared, asks for the logical_name, sends an RLRQ",
        accepts="AARE accepted, the logical_name, RLRE: each in one datagram of its own",
    ),
    Subtest(
        2,
        "a long value",
        procedure="reads targets.long_readable, in blocks where the meter sends blocks",
        accepts="the value, each reply in one datagram of its own",
        applies=target("long_readable"),
    ),
    Subtest(
        3,
        "a PDU in two datagrams",
        procedure=f"asks for the logical_name in two datagrams, the first of {_PART} octets; then in one",
        accepts=f"{_NO_EFFECT}; then the logical_name",
    ),
    Subtest(
        4,
        "a PDU cut short",
        procedure=f"sends the first {_PART} octets of a request in a datagram; then asks for the logical_name",
        accepts=f"{_NO_EFFECT}; then the logical_name",
    ),
    Subtest(5, "AARQ, length 1 too long", aarq().added("wrapper.length", 1), _NO_EFFECT),
    Subtest(6, "AARQ, length 1 too short", aarq().added("wrapper.length", -1), _NOT_OPENED),
    Subtest(
        7,
        "two PDUs in one datagram",
        procedure="asks twice for the logical_name in one datagram, then once in one of its own",
        accepts="silence, or the logical_name once or twice, each in one datagram of its own; then the logical_name",
    ),
    Subtest(
        8,
        "two clients",
        procedure=f"another client opens from a UDP port of its own; both ask at the same time, {_TURNS} times",
        accepts="each is served at its own port, by its own association",
        applies=another_client,
    ),
)
def test_wrapper_udp(subtest: Trial) -> None:
    """Over UDP the services are those of TCP, each PDU is one datagram, and no datagram has to do with another.

    Nothing tells the meter that a client has gone, so associations are released. Datagrams are not sent again: one
    that the network has lost looks like silence.
    """
    match subtest.number:
        case 1:
            opens_and_serves(subtest)
            subtest.judge(subtest.association.release(), released())
        case 2:
            _long_value(subtest)
        case 3 | 4:
            _in_pieces(subtest, whole=subtest.number == 3)
        case 5 | 6:
            subtest.judge(subtest.association.open(subtest.stimulus))
            still_served(subtest)
        case 7:
            _two_in_one(subtest)
        case _:
            _by_turns(subtest)


def _long_value(subtest: Trial) -> None:
    opens_and_serves(subtest)
    association = subtest.association
    wanted = subtest.settings.targets.long_readable
    assert wanted is not None
    name = subtest.settings.short_name(wanted) if subtest.settings.short_names else None
    try:
        value = get(association, wanted) if name is None else read(association, name)
    except TransferFailed as failed:
        subtest.fail(f"{wanted} does not come over: {failed}", reaction=failed.reaction, path=failed.path)
    subtest.check(not isinstance(value, int), expected="its value", observed=f"{wanted}: {_told(value)}")


def _told(value: object) -> str:
    return f"data-access-result {value}" if isinstance(value, int) else "its value, whole"


def _in_pieces(subtest: Trial, *, whole: bool) -> None:
    """The first octets of a request in a datagram, the rest of it in the next one when it is sent as a `whole`."""
    opens_and_serves(subtest)
    association = subtest.association
    stimulus = question(association)
    with subtest.step("two datagrams" if whole else "one datagram"):
        if whole:
            association.data_link.line.segments = Segments((_PART,))
        else:
            stimulus = stimulus.truncated(_PART, Layer.WRAPPER)
        subtest.judge(association.request(stimulus), _NO_EFFECT)
        association.data_link.line.segments = Segments()
    still_served(subtest)


def _two_in_one(subtest: Trial) -> None:
    opens_and_serves(subtest)
    association = subtest.association
    with subtest.step("two requests in one datagram"):
        with association.data_link.line.together():
            association.notify(question(association))
            association.notify(question(association))
        for _ in range(2):
            subtest.judge(association.receive(), ALIVE | silence())
    with subtest.step("a request of its own"):
        subtest.alive()


def _by_turns(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    second = subtest.another(other_clients(Claim(subtest.bench.device, subtest.settings, subtest.protection))[0].name)
    with subtest.step(f"{second.settings.name} opens from a UDP port of its own"):
        opens_and_serves(subtest, second)
    for turn in range(1, _TURNS + 1):
        with subtest.step(f"turn {turn}: both ask before either reply is read"):
            for association in (first, second):
                association.notify(question(association))
            for association in (first, second):
                subtest.judge(association.receive(), ALIVE, association=association)
