"""Where a meter pushes to, and how what is too long for one APDU goes there."""

from conformance.cosem.push_setup import TransportService
from conformance.device.model import Profile, PushSetup
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.push_trials import (
    CLAUSE,
    ear,
    held,
    named,
    over_each_transport,
    push_and_hear,
    pushes,
    setups_of,
    transport_of,
)
from conformance.harness.trial import Trial
from conformance.tester.push_ear import Heard

_SERVICES = {"tcp": TransportService.TCP, "udp": TransportService.UDP, "own-line": TransportService.HDLC}
_SMALL_PDU = 60
"""Octets: enough for push() and its reply, and fewer than a push of a few values has."""


@case("X_PUSH_P2", title="A data-notification goes to the declared destination", clause=CLAUSE, applies=pushes())
@subtests(
    *over_each_transport(
        "reads send_destination_and_method, invokes push(), listens at every declared place",
        "a data-notification over the declared service, at the declared port, between the declared wPorts",
    )
)
def test_push_destination(subtest: Trial) -> None:
    """A data-notification goes to send_destination_and_method, from the logical device to the push client.

    In version 0, which has no push_client_SAP, the push client is the declared one.
    """
    for setup in setups_of(subtest, transport_of(subtest)):
        with ear(subtest, setup) as listening:
            destination = held(subtest, listening.association, setup, 3)
            _judge_service(subtest, setup, destination)
            heard = push_and_hear(subtest, listening, setup).heard[0]
            subtest.check(
                heard.transport == setup.transport,
                expected=f"a push by transport {setup.transport}",
                observed=f"it came by transport {heard.transport}",
                reaction=heard.reaction,
            )
            if setup.transport != "own-line":
                _judge_ports(subtest, setup, destination, heard)


def _judge_service(subtest: Trial, setup: PushSetup, destination: Data) -> None:
    sound = destination.type is DataType.STRUCTURE and len(destination.value) == 3
    service = destination.value[0].value if sound else None
    if setup.transport == "own-line" and subtest.bench.device.profile is not Profile.HDLC:
        return
    subtest.check(
        service == _SERVICES[setup.transport],
        expected=f"transport_service {_SERVICES[setup.transport].name}, as the device config declares",
        observed=f"send_destination_and_method of {named(setup)} is {describe(destination)}",
    )


def _judge_ports(subtest: Trial, setup: PushSetup, destination: Data, heard: Heard) -> None:
    address = destination.value[1]
    subtest.check(
        address.type is DataType.OCTET_STRING,
        expected="destination, an octet-string",
        observed=f"send_destination_and_method is {describe(destination)}",
    )
    port = address.value.rpartition(b":")[2].decode("ascii", "replace")
    subtest.check(
        heard.where.rpartition(":")[2] == port,
        expected=f"a push to port {port}",
        observed=f"it came to {heard.where}",
        reaction=heard.reaction,
    )
    wanted = (subtest.settings.logical_device, setup.client_sap)
    subtest.check(
        heard.wports == wanted,
        expected=f"source wPort {wanted[0]}, destination wPort {wanted[1]}",
        observed="no wPorts" if heard.wports is None else f"source {heard.wports[0]}, destination {heard.wports[1]}",
        reaction=heard.reaction,
        path="wrapper",
    )


def _long_enough(claim: Claim) -> bool:
    return claim.association.smallest_pdu_size <= _SMALL_PDU


@case(
    "X_PUSH_P5",
    title="A long data-notification goes in general blocks",
    clause="IEC 62056-5-3, general block transfer, unconfirmed; DataNotification service",
    applies=pushes() & negotiates(ConformanceBit.GENERAL_BLOCK_TRANSFER),
)
@subtests(
    *(
        Subtest(
            item.number,
            item.title,
            procedure=item.procedure,
            accepts=item.accepts,
            applies=item.applies & Condition(f"smallest_pdu_size of at most {_SMALL_PDU}", _long_enough),
            argument=item.argument,
        )
        for item in over_each_transport(
            f"proposes a client-max-receive-pdu-size of {_SMALL_PDU}, invokes push()",
            "a data-notification in general blocks, numbered from 1, streamed, none too long, the last one marked",
        )
    )
)
def test_push_in_blocks(subtest: Trial) -> None:
    """What is longer than the client takes is pushed in general blocks, where they are negotiated.

    Nobody acknowledges the blocks of an unconfirmed service, so all of them are streamed.
    """
    for setup in setups_of(subtest, transport_of(subtest)):
        with ear(subtest, setup, pdu_octets=_SMALL_PDU) as listening:
            heard = push_and_hear(subtest, listening, setup).heard[0]
            if heard.notification is not None and not heard.blocks and heard.longest_pdu <= _SMALL_PDU:
                subtest.inconclusive(f"what {named(setup)} pushes has {heard.longest_pdu} octets and fits one APDU")
            subtest.check(
                heard.longest_pdu <= _SMALL_PDU,
                expected=f"no APDU longer than the {_SMALL_PDU} octets that the client takes",
                observed=f"an APDU of {heard.longest_pdu} octets",
                reaction=heard.reaction,
            )
            subtest.check(
                not heard.faults,
                expected="blocks numbered from 1, streamed, not acknowledging, the last one marked",
                observed="; ".join(map(str, heard.faults)) or "blocks without fault",
                reaction=heard.reaction,
                path=heard.faults[0].path if heard.faults else "",
            )
            subtest.check(
                heard.notification is not None,
                expected="a data-notification, joined from its blocks",
                observed=str(heard.reaction),
                reaction=heard.reaction,
            )
