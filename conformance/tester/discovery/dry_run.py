"""What a discovery would send, without a meter: each frame and APDU once, with how often it may go out."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from conformance.device.counters import MemoryCounters
from conformance.device.model import Profile, Protection
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.wrapper import WrapperPdu
from conformance.link.make import Links
from conformance.tester.discovery.addresses import THE_MOST, candidates, first_clients
from conformance.tester.discovery.desk import Desk
from conformance.tester.discovery.findings import ServerAddress
from conformance.tester.discovery.knock import callers_settings
from conformance.tester.discovery.pdu_sizes import TRIED
from conformance.tester.discovery.plan import HIGH_LEVEL, Plan
from conformance.tester.discovery.survey import profiles
from conformance.tester.rendering import render
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import aarq

_CHALLENGE_OCTETS = 16


def dry_run(plan: Plan, links: Links) -> Iterator[str]:
    """The lines that tell what would be sent; nothing is opened."""
    desk = Desk(plan, links, MemoryCounters(), lambda _number, _words: None)
    yield f"{links.url}: nothing is sent. A discovery would try, each step only where the one before was answered:"
    for profile in profiles(plan, links):
        desk.profile = profile
        yield ""
        if profile is Profile.HDLC:
            yield "HDLC: SNRM, then DISC, to the first of these server addresses that answers, and its other lengths"
            yield from _hdlc(desk)
        else:
            clients = _clients(first_clients(desk))
            yield f"wrapper: the first AARQ below, from ports {clients}, to ports {_clients(plan.servers)}"
    yield ""
    yield f"for each server and each of the clients {_clients(plan.clients)}, one AARQ for each context:"
    yield from _aarqs(desk, (Mechanism.LOWEST,))
    yield ""
    yield "where a context is refused for want of authentication, until one is known; pass 3 is never sent:"
    yield from _aarqs(desk, HIGH_LEVEL)
    yield ""
    yield "associations that open without a secret, or with what the options give, never sent again once refused:"
    yield f"  AARQ again, with client-max-receive-pdu-size {', '.join(map(str, TRIED))} until one is kept to"
    yield "  GET or Read: object_list, logical device name, SAP assignment, Security setup, invocation counters,"
    yield "  IEC HDLC setup, user_list, and up to 12 values in search of each target; no SET, no ACTION but pass 3"
    yield ""
    pace = f"{plan.per_minute:g} a minute" if plan.per_minute else "no limit a minute"
    yield f"at most {plan.most_attempts} set-ups and openings, {pace}, {plan.most_s / 60:g} minutes in all"


def _clients(clients: tuple[int, ...]) -> str:
    return ", ".join(map(str, clients))


def _hdlc(desk: Desk) -> Iterator[str]:
    for address in candidates(desk, desk.plan.servers):
        for client in first_clients(desk):
            yield f"  {address}, client {client}: {_frame(address, client)}"
    first = next(candidates(desk, desk.plan.servers), None)
    if first is not None:
        client = first_clients(desk)[0]
        yield f"  largest parameters, to the address found: {_frame(first, client, THE_MOST.encode())}"


def _frame(address: ServerAddress, client: int, information: bytes = b"") -> str:
    server = HdlcAddress(address.sap, address.lower, address.length)
    return Frame(server, HdlcAddress(client), Control(FrameType.SNRM, True), information).encode().hex().upper()


def _aarqs(desk: Desk, mechanisms: tuple[Mechanism, ...]) -> Iterator[str]:
    client = desk.plan.clients[0]
    desk.server = ServerAddress(desk.plan.servers[0])
    for context in desk.plan.contexts:
        for mechanism in mechanisms:
            settings = callers_settings(desk, client, context, mechanism)
            challenge = Random(0).randbytes(_CHALLENGE_OCTETS)  # noqa: S311 - an example
            octets = render(aarq(), ClientSecurity(settings, lambda: 0), Protection.NONE, challenge).octets
            if desk.profile is Profile.WRAPPER:
                octets = WrapperPdu(client, desk.server.sap, octets).encode()
            yield f"  {context.label}, mechanism {int(mechanism)}: {octets.hex().upper()}"
