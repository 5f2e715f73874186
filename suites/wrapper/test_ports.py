"""The wPorts of the wrapper: who speaks to whom."""

from conformance.device.model import Profile
from conformance.harness.applicability import Claim, Condition, another_client, other_clients, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED
from conformance.harness.serving import opens_and_serves, still_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import link_released, silence
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus, aarq

_NO_EFFECT: Expectation = silence() | tolerated(link_released())
_NO_STATION = 0x0000
_SEEN_IN_THE_FIELD = 0x0091
_OTHER_CLIENT = 0x0063
_FAR_AWAY = 0x7FFE


def _to(wport: int, stimulus: Stimulus) -> Stimulus:
    return stimulus.altered("wrapper.destination-wport", wport.to_bytes(2, "big"))


def _from(wport: int, stimulus: Stimulus) -> Stimulus:
    return stimulus.altered("wrapper.source-wport", wport.to_bytes(2, "big"))


def _no_logical_device(wport: int) -> Condition:
    return Condition(
        f"no declared logical device at wPort 0x{wport:04X}",
        lambda claim: all(wport != item.sap for item in claim.device.logical_devices),
    )


def _no_client(wport: int) -> Condition:
    return Condition(
        f"no declared client at wPort 0x{wport:04X}",
        lambda claim: all(wport != item.client_sap for item in claim.device.associations),
    )


def _aarq_to(number: int, title: str, wport: int) -> Subtest:
    return Subtest(number, title, _to(wport, aarq()), _NO_EFFECT, applies=_no_logical_device(wport))


def _aarq_from(number: int, title: str, wport: int) -> Subtest:
    return Subtest(number, title, _from(wport, aarq()), _NO_EFFECT, applies=_no_client(wport))


@case(
    "X_WRAPPER_PORTS",
    title="wPorts of the wrapper",
    clause="IEC 62056-47, wrapper protocol data unit, source and destination wPort",
    applies=profile(Profile.WRAPPER),
    scope=Scope.LOGICAL_DEVICE,
)
@subtests(
    _aarq_to(1, "AARQ to the unknown wPort 0x0091", _SEEN_IN_THE_FIELD),
    _aarq_to(2, "AARQ to the unknown wPort 0x7FFE", _FAR_AWAY),
    _aarq_to(3, "AARQ to wPort 0x0000, no station", _NO_STATION),
    _aarq_from(4, "AARQ from the unknown wPort 0x0063", _OTHER_CLIENT),
    _aarq_from(5, "AARQ from the unknown wPort 0x7FFE", _FAR_AWAY),
    _aarq_from(6, "AARQ from wPort 0x0000, no station", _NO_STATION),
    Subtest(
        7,
        "unknown destination inside an association",
        procedure="opens as declared, asks for the logical_name at wPort 0x7FFE, then at its own",
        accepts=f"{_NO_EFFECT}; then the logical_name",
        applies=_no_logical_device(_FAR_AWAY),
    ),
    Subtest(
        8,
        "unknown source inside an association",
        procedure="opens as declared, asks for the logical_name from wPort 0x7FFE, then from its own",
        accepts=f"{_NO_EFFECT}; then the logical_name",
        applies=_no_client(_FAR_AWAY),
    ),
    Subtest(
        9,
        "another client on the same connection",
        procedure="opens as declared; another declared client, which has not opened, asks for its logical_name",
        accepts=f"{NOT_SERVED}; the first is served as before",
        applies=another_client,
    ),
    Subtest(
        10,
        "wPorts of the replies",
        procedure="opens as declared and asks for the logical_name",
        accepts="each reply has the wPorts of its request, swapped",
    ),
)
def test_wrapper_ports(subtest: Trial) -> None:
    """A PDU for a wPort that nobody has gets no reply, and every reply carries the wPorts of its request, swapped.

    A client that sends to a wrong wPort sees nothing at all: so it went with 0x0091 in the field.
    """
    association = subtest.association
    match subtest.number:
        case 7 | 8:
            opens_and_serves(subtest)
            wrong = _to if subtest.number == 7 else _from
            subtest.judge(association.request(wrong(_FAR_AWAY, question(association))), _NO_EFFECT)
        case 9:
            _another_client(subtest)
        case 10:
            opens_and_serves(subtest)
            _swapped(subtest)
            return
        case _:
            subtest.judge(association.open(subtest.stimulus))
    still_served(subtest)


def _another_client(subtest: Trial) -> None:
    opens_and_serves(subtest)
    first = subtest.association
    name = other_clients(Claim(subtest.bench.device, subtest.settings, subtest.protection))[0].name
    other = subtest.another(name, beside=first)
    with subtest.step(f"{name} asks, without an association of its own"):
        subtest.judge(other.request(question(other)), NOT_SERVED, association=other)


def _swapped(subtest: Trial) -> None:
    """Judge the header of every reply of this item."""
    settings = subtest.settings
    expected = settings.logical_device.to_bytes(2, "big") + settings.client_sap.to_bytes(2, "big")
    replies = [frame.octets for frame in subtest.tape.frames if frame.direction == "S>C"]
    wrong = [octets[2:6].hex(" ", 2).upper() for octets in replies if octets[2:6] != expected]
    subtest.check(
        bool(replies) and not wrong,
        expected=f"source and destination {expected.hex(' ', 2).upper()} in every reply",
        observed=f"{wrong[0]} in a reply" if wrong else f"so in {len(replies)} replies",
    )
